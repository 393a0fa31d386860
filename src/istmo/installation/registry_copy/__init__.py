"""The registry in an installation's home: the copy that every decision reads, and at the hub the one that it publishes.

registry/root.json        the root that was handed over when the installation joined: all trust begins here
registry/current          -> copies/...: the last registry that was taken, whole
registry/copies/          that one, the one before, and the first of each change of content, up to `MOST_KEPT`
registry/suspensions/     every notice of suspension ever known here
registry/denunciations/   every denunciation ever known here
registry/failure.json     why the last refresh was refused; absent after one that went well
registry/published/       at the hub: what is served under /registry/, and the drafts, which are not
"""
