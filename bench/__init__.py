"""One benchmark a claim, each against a peer and the physical limit in the same run. `istmo bench NAME`; results in RESULTS.md."""
