/* Passkeys: the one part of the site that needs a script. A form with data-passkey is shown when the browser can make or
   show one, and what stands for it without is hidden; the form's button asks the browser, puts the answer into the field
   "credential" and sends the form.
     data-passkey="make"      a new passkey; what the site asks for stands in #passkey-data
     data-passkey="show"      a passkey of an account that is known; likewise
     data-passkey="sign-in"   a passkey of whoever it is; what the site asks for is fetched when the button is pressed */
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const named = (list) => (list || []).map((each) => ({ ...each, id: bytes(each.id) }));

const make = ({ publicKey: asked }) =>
  navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: named(asked.excludeCredentials),
    },
  });

const show = ({ publicKey: asked }) =>
  navigator.credentials.get({
    publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) },
  });

const written = (credential) => {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
};

const asked = async (form) => {
  if (form.dataset.passkey !== "sign-in") return JSON.parse(document.getElementById("passkey-data").textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
};

const ways = {
  make: async (form) => make((await asked(form)).creation_options),
  show: async (form) => show((await asked(form)).request_options),
  "sign-in": async (form) => show((await asked(form)).request_options),
};

if (window.PublicKeyCredential) {
  for (const note of document.querySelectorAll("[data-passkey-without]")) note.hidden = true;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("button");
    const failed = form.querySelector("[data-passkey-failed]");
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (!form.elements.credential.value) {
        event.preventDefault();
        button.click();
      }
    });
    button.addEventListener("click", async () => {
      button.disabled = true;
      failed.hidden = true;
      try {
        form.elements.credential.value = written(await ways[form.dataset.passkey](form));
        form.submit();
      } catch {
        failed.hidden = false;
        button.disabled = false;
      }
    });
  }
}
