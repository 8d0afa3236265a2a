// Tells the conversation what the page was opened with, whichever of the two is there first.
function tell() {
  if (!props.value) return;
  document.documentElement.emOpened = props.value;
  document.dispatchEvent(new Event("earmark:opened"));
}
watch("value", tell);
tell();
