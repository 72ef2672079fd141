import { useEffect, useState } from "preact/hooks";

let tell: (text: string) => void = () => {};

/** Says something to those who listen to the page. */
export function announce(text: string): void {
  tell(text);
}

/** The one place that screen readers are told from. */
export function Announcer() {
  const [text, setText] = useState("");
  useEffect(() => {
    tell = setText;
    return () => {
      tell = () => {};
    };
  }, []);
  return (
    <div class="unseen" role="status" aria-live="polite">
      {text}
    </div>
  );
}
