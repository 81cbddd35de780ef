import { Component, type ComponentChildren } from "preact";
import { sentenceOf } from "../api/problems";
import { words } from "../app/words";
import { Button } from "../parts/button";
import style from "./shell.module.css";

interface State {
  error: unknown;
}

/** Shows a sentence in place of a view that threw, and keeps the rest of the page alive. */
export class ErrorBoundary extends Component<{ children: ComponentChildren }, State> {
  override state: State = { error: null };

  static override getDerivedStateFromError(error: unknown): State {
    return { error };
  }

  render() {
    if (this.state.error === null) return this.props.children;
    return (
      <section class={style.note} role="alert">
        <h1>{words().viewFailed}</h1>
        <p>{sentenceOf(this.state.error)}</p>
        <Button onClick={() => this.setState({ error: null })}>{words().tryAgain}</Button>
      </section>
    );
  }
}
