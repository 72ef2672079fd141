import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { SqliteSaver } from "@langchain/langgraph-checkpoint-sqlite";

type Database = ConstructorParameters<typeof SqliteSaver>[0];
type Value = SQLInputValue | undefined;

/**
 * What LangGraph's SqliteSaver uses of better-sqlite3, over Node's own SQLite: better-sqlite3 is compiled when it is installed,
 * and against the headers of the wrong Node where another one stands around the project's. `synchronous` is NORMAL, as
 * better-sqlite3 is built; the saver sets WAL itself.
 */
export function openCheckpoints(file: string): Database & { close(): void } {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA synchronous = NORMAL");
  const plain = {
    pragma: (text: string): unknown => database.prepare(`PRAGMA ${text}`).all(),
    exec: (text: string): void => database.exec(text),
    prepare: (text: string): object => {
      const statement = database.prepare(text);
      return {
        run: (...values: Value[]) => statement.run(...values.map(bound)),
        get: (...values: Value[]) => statement.get(...values.map(bound)),
        all: (...values: Value[]) => statement.all(...values.map(bound)),
      };
    },
    transaction:
      <T extends unknown[]>(work: (...args: T) => void) =>
      (...args: T): void => {
        database.exec("BEGIN");
        try {
          work(...args);
          database.exec("COMMIT");
        } catch (error) {
          database.exec("ROLLBACK");
          throw error;
        }
      },
    close: (): void => database.close(),
  };
  return plain as unknown as Database & { close(): void };
}

/** better-sqlite3 takes an undefined value as null. */
function bound(value: Value): SQLInputValue {
  return value ?? null;
}
