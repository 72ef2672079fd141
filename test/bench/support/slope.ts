/** A fitted line's slope, and the value that it is below with 95% confidence. */
export type Line = { readonly slope: number; readonly bound95: number };

/** Least squares over at least 30 points `[x, y]`: there the normal quantile stands for Student's. */
export function slope(points: readonly (readonly [x: number, y: number])[]): Line {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  const products = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const value = products / squares;
  const residuals = points.reduce((sum, [x, y]) => sum + (y - meanY - value * (x - meanX)) ** 2, 0);
  const deviation = Math.sqrt(residuals / (count - 2) / squares);
  return { slope: value, bound95: value + 1.96 * deviation };
}
