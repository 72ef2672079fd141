const RATES_PERCENT = { DE: 19, FR: 20, LU: 17 };

/** The tax of an amount in cents, rounded half up; countries without a rate pay none. */
export function taxCents(cents, country) {
  // TODO: reduced rates for books and food.
  return Math.round((cents * (RATES_PERCENT[country] ?? 0)) / 100);
}
