"""The site: public pages, the workbench of the Secretariat, and what both share. Works without JavaScript and without a CDN."""
