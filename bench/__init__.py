"""One benchmark a claim, each against a peer and the physical limit in one run: `istmo bench NAME`; see RESULTS.md."""
