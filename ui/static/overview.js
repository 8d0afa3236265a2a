// The overview's player: buttons that play a moment are shown once there is a script to serve them.

const recording = document.querySelector("audio");
if (recording) {
  for (const button of document.querySelectorAll("button[data-seek-s]")) button.hidden = false;
  noteOf(recording);
  follow(recording, document.getElementById("main"));
}
