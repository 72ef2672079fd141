/**
 * How alike two texts are, from 0 to 1: the Sørensen-Dice coefficient (Dice 1945) of their pairs of neighbouring words, letter
 * case, spaces and punctuation aside. Symmetric; 1 for the same words in the same order, 0 where no two words follow
 * each other in both. It measures wording, not meaning. Texts without any word are alike only if they are the same.
 */
export function textSimilarity(one: string, other: string): number {
  const [mine, theirs] = [wordsOf(one), wordsOf(other)];
  if (mine.length === 0 || theirs.length === 0) return mine.length === theirs.length && one === other ? 1 : 0;
  const [pairs, others] = [pairsOf(mine), pairsOf(theirs)];
  let shared = 0;
  for (const [pair, count] of pairs) shared += Math.min(count, others.get(pair) ?? 0);
  return (2 * shared) / (mine.length + theirs.length + 2);
}

/** The same text for texts that differ only in letter case and spaces. */
export function normalisedText(text: string): string {
  return text.trim().replace(/\s+/g, " ").toLowerCase();
}

/** How many words a text has. */
export function countWords(text: string): number {
  return wordsOf(text).length;
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** Pairs of neighbours, the edges of the text counting as neighbours too: so texts of one word have two. */
function pairsOf(words: readonly string[]): ReadonlyMap<string, number> {
  const pairs = new Map<string, number>();
  for (let index = 0; index <= words.length; index++) {
    const pair = `${words[index - 1] ?? ""} ${words[index] ?? ""}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}
