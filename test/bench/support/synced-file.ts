import { type FileHandle, open } from "node:fs/promises";

type Waiting = {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** As little as a promise can be: texts that are on the disk when `append` resolves; those that come while some are written go with the next. */
export class SyncedFile {
  readonly #file: Promise<FileHandle>;
  #waiting: Waiting[] = [];
  #isWriting = false;

  constructor(path: string) {
    this.#file = open(path, "a");
  }

  append(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, resolve, reject });
      if (!this.#isWriting) setImmediate(() => void this.#write());
    });
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0);
      try {
        const file = await this.#file;
        await file.appendFile(group.map(({ text }) => text).join(""));
        await file.datasync();
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#isWriting = false;
  }
}
