import { useEffect, useReducer } from "preact/hooks";

const CHANGED = "abyssal:theme";

/** Tells whoever draws by hand that the colours are others now. */
export function themeChanged(): void {
  document.dispatchEvent(new Event(CHANGED));
}

/** Grows whenever the colours change: by the switch, or by the system. */
export function useTheme(): number {
  const [count, changed] = useReducer<number, void>((before) => before + 1, 0);
  useEffect(() => {
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const listener = (): void => changed();
    scheme.addEventListener("change", listener);
    document.addEventListener(CHANGED, listener);
    return () => {
      scheme.removeEventListener("change", listener);
      document.removeEventListener(CHANGED, listener);
    };
  }, []);
  return count;
}
