/** Made when first asked for: they take some 70 ms, and most commands show plain text only. */
let segmenter: Intl.Segmenter | undefined;
let wide: RegExp | undefined;

/** The characters of a text as a reader counts them. */
export function* graphemes(text: string): Generator<string> {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

/** Whether a terminal gives such a character two columns. */
export function isWide(grapheme: string): boolean {
  wide ??=
    /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|\p{RGI_Emoji}/v;
  return wide.test(grapheme);
}
