/** Figures and times as they are shown. */

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`; below a second in ms. */
export function spanText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${two(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

const two = (value: number): string => String(value).padStart(2, "0");

export function countText(value: number): string {
  return value.toLocaleString("en-GB").replaceAll(",", " ");
}

export function moneyText(micros: number): string {
  const usd = micros / 1_000_000;
  return `$${usd.toFixed(usd !== 0 && usd < 1 ? 4 : 2)}`;
}

export function memoryText(mb: number): string {
  return mb < 1_024 ? `${Math.round(mb)} MiB` : `${(mb / 1_024).toFixed(mb < 10_240 ? 1 : 0)} GiB`;
}

export function percentText(share: number): string {
  return `${Math.round(share * 100)}%`;
}

/** `14:05:09` today, `26 Nov 14:05` else. */
export function momentText(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  const isToday = new Date(nowMs).toDateString() === at.toDateString();
  return isToday
    ? at.toLocaleTimeString("en-GB")
    : at.toLocaleString("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

/** `5 min ago` */
export function agoText(atMs: number, nowMs: number): string {
  const ms = Math.max(0, nowMs - atMs);
  if (ms < 60_000) return "just now";
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`;
}
