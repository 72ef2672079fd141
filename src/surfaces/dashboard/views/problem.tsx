import { ApiError } from "../model/api.ts";

/** What went wrong, and what can be done about it. */
export function Problem({ error, again }: { readonly error: Error; readonly again?: () => void }) {
  const isGone = error instanceof ApiError && error.code === "SERVER_GONE";
  const details = error instanceof ApiError ? error.details : [];
  const needsToken = (error instanceof ApiError ? error.code : error.message).startsWith("TOKEN_");
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{isGone ? "The server cannot be reached." : error.message}</strong>{" "}
        {isGone ? "Is `abyssal serve` still running? This page tries again by itself." : null}
        {needsToken ? "Press Token above and give it one: `abyssal token --role viewer` makes it." : null}
        {error instanceof ApiError && !isGone ? <code>{error.code}</code> : null}
      </p>
      {details.length > 0 ? (
        <ul>
          {details.map((detail) => (
            <li key={detail}>{detail}</li>
          ))}
        </ul>
      ) : null}
      {again ? (
        <button type="button" onClick={again}>
          Try again
        </button>
      ) : null}
    </div>
  );
}
