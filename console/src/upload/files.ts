/** What identifies a file that the person chooses again; a page cannot keep the file itself. */
export interface FileMark {
  name: string;
  size: number;
  lastModified: number;
}

const VIDEO_ENDINGS = /\.(3gp|avi|flv|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|mxf|ogv|rm|rmvb|ts|vob|webm|wmv)$/i;

/** Whether a file of a dropped folder is a video; folders also hold subtitles, pictures and hidden files. */
export function isVideo(file: Pick<File, "name" | "type">): boolean {
  if (file.name.startsWith(".")) return false;
  return file.type.startsWith("video/") || VIDEO_ENDINGS.test(file.name);
}

export function isSameFile(mark: FileMark, file: FileMark): boolean {
  return mark.name === file.name && mark.size === file.size && mark.lastModified === file.lastModified;
}

export function markOf(file: FileMark): FileMark {
  return { name: file.name, size: file.size, lastModified: file.lastModified };
}

/** Return all files that were dropped, with those in folders. */
export async function droppedFiles(data: DataTransfer): Promise<File[]> {
  // The list of items is empty after the first wait, so take everything out at once.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...data.files];
  if (entries.every((entry) => entry === null || entry.isFile)) return plain;
  const found = await Promise.all(entries.filter((entry) => entry !== null).map(filesOf));
  return found.flat();
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile)
    return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  for (;;) {
    // A reader gives a hundred entries at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map(filesOf))).flat();
}
