/** UTF-16 units that the grammar names. */
export const CH = {
  tab: 0x09,
  lf: 0x0a,
  vt: 0x0b,
  ff: 0x0c,
  cr: 0x0d,
  space: 0x20,
  doubleQuote: 0x22,
  hash: 0x23,
  dollar: 0x24,
  ampersand: 0x26,
  singleQuote: 0x27,
  parenOpen: 0x28,
  parenClose: 0x29,
  asterisk: 0x2a,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  dot: 0x2e,
  slash: 0x2f,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  semicolon: 0x3b,
  equals: 0x3d,
  greater: 0x3e,
  at: 0x40,
  bracketOpen: 0x5b,
  backslash: 0x5c,
  bracketClose: 0x5d,
  underscore: 0x5f,
  braceOpen: 0x7b,
  braceClose: 0x7d,
  noBreakSpace: 0xa0,
  lineSeparator: 0x2028,
  paragraphSeparator: 0x2029,
  byteOrderMark: 0xfeff,
} as const;

const SPACE_SEPARATOR = /^\p{Zs}$/u;
const ID_START = /^\p{ID_Start}$/u;
const ID_CONTINUE = /^[\p{ID_Continue}\u200c\u200d]$/u;

export function isDigit(unit: number): boolean {
  return unit >= CH.zero && unit <= CH.nine;
}

export function isHexDigit(unit: number): boolean {
  return isDigit(unit) || (unit >= 0x41 && unit <= 0x46) || (unit >= 0x61 && unit <= 0x66);
}

function isAsciiLetter(unit: number): boolean {
  return (unit >= 0x61 && unit <= 0x7a) || (unit >= 0x41 && unit <= 0x5a);
}

/** `[A-Za-z_]`: begins a template's, an argument's or a binding's name. */
export function isNameStart(unit: number): boolean {
  return isAsciiLetter(unit) || unit === CH.underscore;
}

/** `[A-Za-z0-9_]`; the hyphen, which a name may also hold, depends on what follows it. */
export function isNamePart(unit: number): boolean {
  return isNameStart(unit) || isDigit(unit);
}

/** JSON5 white space that ends no line: what JSON5 names, and Unicode's space separators. */
export function isBlank(unit: number): boolean {
  if (unit === CH.space || unit === CH.tab || unit === CH.vt || unit === CH.ff) return true;
  if (unit < CH.noBreakSpace) return false;
  if (unit === CH.noBreakSpace || unit === CH.byteOrderMark) return true;
  return unit >= 0x1680 && unit <= 0x3000 && SPACE_SEPARATOR.test(String.fromCharCode(unit));
}

/** What ends a line in JSON5 (ECMAScript's LineTerminator). */
export function isLineEnd(unit: number): boolean {
  return unit === CH.lf || unit === CH.cr || unit === CH.lineSeparator || unit === CH.paragraphSeparator;
}

/** Whether a code point may begin an unquoted key: ECMAScript's IdentifierStart. */
export function isIdentifierStart(codePoint: number): boolean {
  if (codePoint < 0x80) return isNameStart(codePoint) || codePoint === CH.dollar;
  return codePoint <= 0x10ffff && ID_START.test(String.fromCodePoint(codePoint));
}

/** Whether a code point may continue an unquoted key: ECMAScript's IdentifierPart. */
export function isIdentifierPart(codePoint: number): boolean {
  if (codePoint < 0x80) return isNamePart(codePoint) || codePoint === CH.dollar;
  return codePoint <= 0x10ffff && ID_CONTINUE.test(String.fromCodePoint(codePoint));
}
