import { useRef } from "preact/hooks";
import { setToken } from "../model/api.ts";

/** Where a token is given to the page, for servers that ask for one (`abyssal token`). It stays in this tab. */
export function TokenButton() {
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const keep = (event: Event): void => {
    event.preventDefault();
    setToken(field.current!.value.trim());
    location.reload();
  };
  return (
    <>
      <button type="button" class="quiet" onClick={() => dialog.current?.showModal()}>
        Token
      </button>
      <dialog ref={dialog} aria-labelledby="token-title">
        <form onSubmit={keep}>
          <h2 id="token-title">Token</h2>
          <p>Needed where the server has keys. It is kept in this tab alone, until it is closed.</p>
          <label>
            Bearer token
            <input ref={field} type="password" autocomplete="off" spellcheck={false} />
          </label>
          <div class="buttons">
            <button type="submit" class="primary">
              Use it
            </button>
            <button type="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
