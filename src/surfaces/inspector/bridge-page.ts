/** A page that hands on, to the inspector's page in a frame, what the hub sends; it connects when that page is ready. */
export function bridgePage(inspectorPage: string): string {
  const page = JSON.stringify(inspectorPage).replaceAll("<", "\\u003c");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Abyssal: live machines</title>
<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100%; display: block }</style>
<iframe id="inspector" title="Stately inspector"></iframe>
<script>${bridgeScript(page)}</script>
</html>
`;
}

function bridgeScript(page: string): string {
  return `
const page = new URL(${page}, location.href);
const frame = document.getElementById("inspector");
let socket;
const connect = () => {
  if (socket) socket.onmessage = socket.onclose = null, socket.close();
  socket = new WebSocket("ws://" + location.host + "/");
  socket.onmessage = ({ data }) => frame.contentWindow.postMessage(JSON.parse(data), page.origin);
  socket.onclose = () => { document.title = "Abyssal: ended" };
};
addEventListener("message", ({ data, origin, source }) => {
  if (source !== frame.contentWindow || origin !== page.origin) return;
  if (data && data.type === "@statelyai.connected") connect();
});
frame.src = page.href;
`;
}
