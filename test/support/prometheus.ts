/** The samples of a text in Prometheus' format, by `name{label="value",...}` with the labels in order of name. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    const found = /^([a-z_A-Z0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!found) continue;
    const [, name, labels = "", value] = found;
    const sorted = [...labels.matchAll(/[a-zA-Z_]+="(?:[^"\\]|\\.)*"/g)].map(([label]) => label).sort();
    samples.set(sorted.length > 0 ? `${name}{${sorted.join(",")}}` : name!, Number(value));
  }
  return samples;
}
