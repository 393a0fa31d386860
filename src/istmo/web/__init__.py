"""The site: public pages, the workbench, and what both share. No JavaScript is needed and no CDN is used."""
