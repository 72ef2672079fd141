import { useEffect, useRef } from "preact/hooks";

const SHORTCUTS: readonly (readonly [string, string])[] = [
  ["r", "runs"],
  ["n", "start a run: templates"],
  ["1  2", "timeline, result of a run"],
  ["a", "to what waits for you"],
  ["/", "filter agents"],
  ["↑ ↓", "move among agents"],
  ["← →", "fold, unfold a group"],
  ["Enter", "to the details of an agent; Esc back"],
  ["t", "dark, light, as the system says"],
  ["?", "this list"],
];

/** The list of keys, in a dialog. */
export function Shortcuts({ close }: { readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="shortcuts" aria-labelledby="shortcuts-title" onClose={close}>
      <h2 id="shortcuts-title">Keys</h2>
      <dl>
        {SHORTCUTS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}

/** Calls what a key stands for, unless something is being written. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const target = event.target as HTMLElement | null;
      if (target?.closest("input, textarea, select, dialog[open]")) return;
      const act = latest.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, []);
}
