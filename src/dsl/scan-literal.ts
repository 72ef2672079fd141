import {
  CH,
  isDigit,
  isHexDigit,
  isIdentifierPart,
  isIdentifierStart,
  isLineEnd,
  isNamePart,
} from "./characters.ts";
import type { Scanner } from "./scanner.ts";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Reads a JSON5 string whose quote stands at the cursor; what is wrong in it is reported, the rest is kept. */
export function scanString(scanner: Scanner): string {
  const { text } = scanner;
  const start = scanner.position();
  const quote = scanner.unit();
  let value = "";
  let chunkStart = ++scanner.pos;
  for (;;) {
    const unit = text.charCodeAt(scanner.pos);
    if (unit === quote) {
      value += text.slice(chunkStart, scanner.pos++);
      return value;
    }
    if (unit === CH.backslash) {
      value += text.slice(chunkStart, scanner.pos) + scanEscape(scanner);
      chunkStart = scanner.pos;
    } else if (unit === CH.lf || unit === CH.cr || Number.isNaN(unit)) {
      scanner.sink.error("DSL_UNTERMINATED_STRING", scanner.spanFrom(start), {
        message: "this string has no end on its line",
        expected: quote === CH.doubleQuote ? 'a closing "' : "a closing '",
        got: Number.isNaN(unit) ? "the end of the input" : "the end of the line",
        hint: "end the line with \\ to go on with the string on the next one, or write \\n",
      });
      scanner.sink.doubtBrackets();
      return value + text.slice(chunkStart, scanner.pos);
    } else scanner.pos++;
  }
}

/** Reads what a backslash begins (ECMAScript 5.1 escapes without octal). */
function scanEscape(scanner: Scanner): string {
  const start = scanner.position();
  scanner.pos++;
  const unit = scanner.unit();
  if (Number.isNaN(unit)) return "";
  if (isLineEnd(unit)) {
    scanner.newLine();
    return "";
  }
  const char = String.fromCodePoint(scanner.text.codePointAt(scanner.pos)!);
  scanner.pos += char.length;
  const simple = SIMPLE_ESCAPES[char];
  if (simple !== undefined) return simple;
  if (char === "x") return scanHex(scanner, start, 2);
  if (char === "u") return scanHex(scanner, start, 4);
  if (char === "0" && !isDigit(scanner.unit())) return "\0";
  if (isDigit(unit)) {
    scanner.sink.error("DSL_BAD_ESCAPE", scanner.spanFrom(start), {
      message: "octal and digit escapes are no JSON5",
      got: `\`\\${char}\``,
      expected: "\\xHH or \\uHHHH",
    });
    return "";
  }
  return char;
}

function scanHex(scanner: Scanner, start: ReturnType<Scanner["position"]>, digits: 2 | 4): string {
  const from = scanner.pos;
  while (scanner.pos - from < digits && isHexDigit(scanner.unit())) scanner.pos++;
  const hex = scanner.text.slice(from, scanner.pos);
  if (hex.length === digits) return String.fromCharCode(Number.parseInt(hex, 16));
  const span = scanner.spanFrom(start);
  scanner.sink.error("DSL_BAD_ESCAPE", span, {
    message: `this escape needs ${digits} hexadecimal digits`,
    expected: digits === 2 ? "\\xHH" : "\\uHHHH",
    got: `\`${scanner.text.slice(start.offset, scanner.pos)}\` and ${scanner.describe().got}`,
    hint: "write \\\\ for a backslash itself",
  });
  return "";
}

const NUMBER =
  /[+-]?(?:0[xX][0-9A-Fa-f]+|Infinity|NaN|(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/y;

/** Reads a JSON5 number that begins with a digit, a sign or a dot; reports one that is malformed. */
export function scanNumber(scanner: Scanner): number | undefined {
  NUMBER.lastIndex = scanner.pos;
  const raw = NUMBER.exec(scanner.text)?.[0];
  const after = scanner.pos + (raw?.length ?? 0);
  const next = scanner.text.codePointAt(after);
  const joined = next !== undefined && (isIdentifierPart(next) || next === CH.dot);
  if (raw !== undefined && !joined) {
    scanner.pos = after;
    return numberOf(raw);
  }
  const start = scanner.position();
  if (scanner.unit() === CH.minus || scanner.unit() === CH.plus) scanner.pos++;
  scanner.pos += scanner.wordLength();
  if (scanner.pos === start.offset) scanner.pos++;
  const got = scanner.text.slice(start.offset, Math.min(scanner.pos, start.offset + 40));
  scanner.sink.error("DSL_BAD_NUMBER", scanner.spanFrom(start), {
    message: "this is no JSON5 number",
    expected: "a number such as 12, -0.5, 1e3 or 0xFF",
    got: `\`${got}\``,
    hint: /^[+-]?0[0-9]/.test(got)
      ? "leave out the leading zeros, or quote it if it is a text"
      : "quote it if it is a text",
  });
  return undefined;
}

function numberOf(raw: string): number {
  const first = raw.charCodeAt(0);
  if (first === CH.minus) return -Number(raw.slice(1));
  return Number(first === CH.plus ? raw.slice(1) : raw);
}

/**
 * Reads an unquoted key (ECMAScript 5.1 IdentifierName with Unicode escapes); `undefined`, with the cursor where it
 * was, when none begins here.
 */
export function scanIdentifier(scanner: Scanner): string | undefined {
  const { text } = scanner;
  const from = scanner.pos;
  if (!isDigit(scanner.unit())) {
    for (;;) {
      const unit = text.charCodeAt(scanner.pos);
      if (isNamePart(unit) || unit === CH.dollar) scanner.pos++;
      else break;
    }
  }
  let value = text.slice(from, scanner.pos);
  for (;;) {
    const codePoint = text.codePointAt(scanner.pos);
    if (codePoint === CH.backslash) value += scanIdentifierEscape(scanner, value === "");
    else if (
      codePoint !== undefined &&
      (value === "" ? isIdentifierStart(codePoint) : isIdentifierPart(codePoint))
    ) {
      const char = String.fromCodePoint(codePoint);
      scanner.pos += char.length;
      value += char;
    } else return scanner.pos === from ? undefined : value;
  }
}

function scanIdentifierEscape(scanner: Scanner, first: boolean): string {
  const start = scanner.position();
  const hex = /^\\u([0-9A-Fa-f]{4})/.exec(scanner.text.slice(scanner.pos, scanner.pos + 6))?.[1];
  const codePoint = hex === undefined ? Number.NaN : Number.parseInt(hex, 16);
  scanner.pos += hex === undefined ? 1 : 6;
  if (first ? isIdentifierStart(codePoint) : isIdentifierPart(codePoint))
    return String.fromCodePoint(codePoint);
  scanner.sink.error("DSL_BAD_ESCAPE", scanner.spanFrom(start), {
    message: "this escape stands for nothing that an unquoted key may hold",
    expected: "\\uHHHH of a letter, a digit, $ or _",
    hint: "put the key in quotes",
  });
  return "";
}
