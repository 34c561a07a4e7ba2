import { Component, type ReactNode } from "react";
import { asProblem, Problem } from "../api/problem";
import { ProblemPanel } from "./ProblemPanel";

interface State {
  problem: Problem | undefined;
}

/** Keeps a fault of one part of a page inside that part: the rest stays of use. */
export class Boundary extends Component<{ children: ReactNode }, State> {
  override state: State = { problem: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { problem: problemOfPart(error) };
  }

  override render() {
    const { problem } = this.state;
    if (!problem) return this.props.children;
    return (
      <div style={{ padding: 14 }}>
        <ProblemPanel
          doing="reading"
          problem={problem}
          stepLabel="Reload the page"
          onStep={() => window.location.reload()}
        />
      </div>
    );
  }
}

/** After the server was renewed, the parts of an older page are gone: that is mended by a reload. */
function problemOfPart(error: unknown): Problem {
  const text = error instanceof Error ? error.message : "";
  if (/dynamically imported module|module script failed/i.test(text))
    return new Problem({ code: "bad_request" });
  return asProblem(error);
}
