import { defineConfig } from "vitest/config";
import { forVite } from "./bundle_worker.mjs";

export default defineConfig({
  plugins: [forVite],
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"] },
});
