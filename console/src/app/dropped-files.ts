/** Whether a person drags files, and not a text or a link. */
export function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/** Keep the browser from leaving the page for a file that is dropped on it; views take files by their own listeners. */
export function stayForDroppedFiles(): void {
  const stay = (event: DragEvent) => {
    if (hasFiles(event)) event.preventDefault();
  };
  addEventListener("dragover", stay);
  addEventListener("drop", stay);
}
