const KEPT = "istmo-rights-%(version)s", PAGES = %(pages)s;
self.addEventListener("install", event => {
  event.waitUntil(caches.open(KEPT).then(kept => kept.addAll(PAGES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", event => {
  const earlier = name => name.startsWith("istmo-rights-") && name !== KEPT;
  event.waitUntil(
    caches.keys()
      .then(names => Promise.all(names.filter(earlier).map(name => caches.delete(name))))
      .then(() => self.clients.claim()));
});
self.addEventListener("fetch", event => {
  if (event.request.method !== "GET") return;
  event.respondWith(
    fetch(event.request)
      .then(answer => {
        if (answer.ok) {
          const copy = answer.clone();
          caches.open(KEPT).then(kept => kept.put(event.request, copy));
        }
        return answer;
      })
      .catch(() => caches.match(event.request)));
});
