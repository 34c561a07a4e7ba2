import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The story first, while the servers are new; what disturbs the database last. */
const order = [
  "story",
  "live",
  "rows",
  "keyboard",
  "pages",
  "trust",
  "access",
  "secrets",
  "audit",
  "threats",
  "input",
];

class InOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    const place = (file: TestSpecification) =>
      order.findIndex((name) => file.moduleId.endsWith(`/${name}.test.ts`));
    return [...files].sort((a, b) => place(a) - place(b));
  }
}

/** The tests of the real program in a real browser; cmd/signet's TestScreens starts both. */
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    environment: "node",
    fileParallelism: false,
    sequence: { sequencer: InOrder },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["verbose"],
  },
});
