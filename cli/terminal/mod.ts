/**
 * Who sits at the keyboard: stdin, stdout, stderr and signals.
 *
 * | question                               | file                           |
 * | -------------------------------------- | ------------------------------ |
 * | what is the real terminal?             | `system.ts`                    |
 * | how do log and live line share stderr? | `screen.ts`                    |
 * | are there colours?                     | `colour.ts`                    |
 * | what does Ctrl+C do?                   | `signals.ts`, `interrupted.ts` |
 *
 * @module
 */

export { Screen } from "./screen.ts";
