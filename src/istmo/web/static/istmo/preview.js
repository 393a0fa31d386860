// The comment as it will be printed, while it is typed. Without JavaScript the button "Show as it will be printed" does the same.
(function () {
  "use strict";
  var form = document.getElementById("comment-form");
  var shown = document.getElementById("comment-preview");
  if (!form || !shown || !window.fetch) { return; }
  var waiting = null;
  var asked = 0;
  function show() {
    var own = ++asked;
    fetch(form.dataset.preview, { method: "POST", body: new FormData(form), credentials: "same-origin" })
      .then(function (answer) { return answer.ok && !answer.redirected ? answer.text() : null; })
      .then(function (text) { if (text !== null && own === asked) { shown.innerHTML = text; } })
      .catch(function () { /* the button still works */ });
  }
  form.addEventListener("input", function () {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(show, 400);
  });
  // What was typed before this script had come, or what the browser kept over a reload.
  var fields = form.querySelectorAll("textarea");
  if (Array.prototype.some.call(fields, function (field) { return field.value !== field.defaultValue; })) { show(); }
})();
