import { useEffect, useState } from "preact/hooks";
import { themeChanged } from "./theme-events.ts";

const KEY = "abyssal.theme";
const NEXT = { auto: "dark", dark: "light", light: "auto" } as const;
type Theme = keyof typeof NEXT;

function kept(): Theme {
  const value = localStorage.getItem(KEY);
  return value === "dark" || value === "light" ? value : "auto";
}

/** The theme, and what goes on to the next one; `auto` is what the system says. */
export function useThemeChoice(): readonly [Theme, () => void] {
  const [theme, setTheme] = useState<Theme>(kept);
  useEffect(() => {
    localStorage.setItem(KEY, theme);
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    themeChanged();
  }, [theme]);
  return [theme, () => setTheme((now) => NEXT[now])];
}

const GLYPHS: Readonly<Record<Theme, string>> = { auto: "◑", dark: "●", light: "○" };

export function ThemeSwitch({ theme, next }: { readonly theme: Theme; readonly next: () => void }) {
  return (
    <button type="button" class="quiet" onClick={next} title="Theme (t)">
      <span aria-hidden="true">{GLYPHS[theme]}</span> <span class="unseen">Theme: </span>
      <span class="wide-only">{theme}</span>
    </button>
  );
}
