/**
 * What the commands do with tasks, in words: each asks `core/project` and shows the
 * answer.
 *
 * | question                                  | file                           |
 * | ----------------------------------------- | ------------------------------ |
 * | which task is meant?                      | `choose_task.ts`               |
 * | how do its providers come?                | `installing.ts`                |
 * | how are tasks run?                        | `run_tasks.ts`, `run_server.ts` |
 * | how are init, plan, status, destroy asked? | `lifecycle.ts`                |
 * | what does `preview` show?                 | `preview.ts`                   |
 * | what does `show` show?                    | `shown_task.ts`                |
 * | what do `ps` and `top` read?              | `running_tasks.ts`             |
 * | how are states shown and changed?         | `states.ts`                    |
 * | how are dead letters shown, sent again?   | `dead_letters.ts`, `replay.ts` |
 *
 * @module
 */

export { chooseTask } from "./choose_task.ts";
