/** An object while it is being made: what few have is put in afterwards, where a spread for each would cost too much. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };
