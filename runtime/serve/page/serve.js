"use strict";
// The page sends the image file that was chosen, dropped or pasted last, and shows its classes.

const $ = (id) => document.getElementById(id);
const top5 = Math.min(5, Number(document.body.dataset.classes));
let asked = 0; // answers to older images are not shown

async function ask(file) {
  const mine = ++asked;
  show(file);
  $("answer").textContent = "…";
  $("classes").replaceChildren();
  $("error").hidden = true;
  try {
    if (file.size > Number(document.body.dataset.maxBody)) {
      throw new Error(`the file has ${file.size} bytes, at most ${document.body.dataset.maxBody} are taken`);
    }
    const response = await fetch(`predict?top=${top5}`, { method: "POST", body: file });
    const answer = await response.json();
    if (mine !== asked) return;
    if (!response.ok) throw new Error(answer.error);
    guesses(answer);
  } catch (error) {
    if (mine !== asked) return;
    $("answer").textContent = "no answer";
    $("error").textContent = error instanceof TypeError ? "the server does not answer" : error.message;
    $("error").hidden = false;
  }
}

function show(file) {
  const picture = $("picture");
  if (picture.src) URL.revokeObjectURL(picture.src);
  picture.onload = () => picture.classList.toggle("large", picture.naturalWidth > 260);
  picture.src = URL.createObjectURL(file);
  picture.hidden = false;
  $("about").textContent = file.name || "";
}

function guesses(answer) {
  $("answer").textContent = answer.guesses[0].class;
  $("about").textContent += ` – ${answer.resized ? "resized; " : ""}checkpoint of step ${answer.version}`;
  $("classes").replaceChildren(...answer.guesses.map((guess) => {
    const item = document.createElement("li");
    const name = Object.assign(document.createElement("span"), { className: "name", textContent: guess.class });
    const share = Object.assign(document.createElement("span"), { className: "share", textContent: `${(100 * guess.probability).toFixed(1)} %` });
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: guess.probability });
    bar.setAttribute("aria-label", guess.class);
    item.append(name, share, bar);
    return item;
  }));
}

function first(transfer) {
  return [...(transfer?.files ?? [])][0];
}

addEventListener("dragover", (event) => {
  event.preventDefault();
  $("drop").classList.add("over");
});
addEventListener("dragleave", () => $("drop").classList.remove("over"));
addEventListener("drop", (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  const file = first(event.dataTransfer);
  if (file) ask(file);
});
addEventListener("paste", (event) => {
  const file = first(event.clipboardData);
  if (file) ask(file);
});
$("file").addEventListener("change", () => {
  const file = $("file").files[0];
  $("file").value = ""; // so that the same file, changed, can be chosen again
  if (file) ask(file);
});
