"""The release register of the installation, and what was found when everything in it was attacked together."""
