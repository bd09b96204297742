import { assertEquals } from "../../../tests/support/assert.ts";
import { FinalError } from "../errors.ts";
import { fileFailure } from "./file_failure.ts";

const failed = (code: string) => Object.assign(new Error(code), { code });

Deno.test("what another attempt can't mend is final, and the fault of `path`", () => {
  const lasting = [
    new Deno.errors.PermissionDenied(),
    new Deno.errors.IsADirectory(),
    ...["ENOTDIR", "EROFS", "ENAMETOOLONG", "ELOOP"].map(failed),
  ];
  for (const error of lasting) {
    const failure = fileFailure("read", "a.log", error);
    assertEquals((failure as FinalError).path, "config.path", failure.message);
  }
  const passing = [
    new Deno.errors.NotFound(),
    ...["ENOSPC", "EMFILE", "EIO", "ESTALE"].map(failed),
  ];
  for (const error of passing) {
    const failure = fileFailure("read", "a.log", error);
    assertEquals(failure instanceof FinalError, false, failure.message);
  }
});
