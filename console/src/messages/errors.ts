import type { components } from "../api/schema";
import { language } from "../app/language";
import { type LimitReached, limitSentence } from "./limits";
import { words } from "./words";

export type ErrorCode = components["schemas"]["ErrorCode"];

/** What the gateway says of an error, as a problem document or on the row of a video. */
export interface Said {
  code: ErrorCode | null;
  /** The gateway's English sentence, which names the thing and the remedy. */
  english: string;
  limit?: LimitReached | null;
}

/**
 * The Chinese sentences by code. A code that stands for many faults has a colon, after which the gateway's own sentence
 * follows, because the code alone would not say what to do.
 */
const CHINESE: Record<Exclude<ErrorCode, "limit_reached">, string> = {
  video_unreadable: "无法打开或解码此视频，请换一个文件。",
  video_without_pictures: "文件中没有可解码的画面，请确认它是视频。",
  video_too_large: "视频过大或过长，超出了允许的范围：",
  object_missing: "存储中缺少所需的文件，请重试；如果仍然失败，请重新上传。",
  object_key_invalid: "文件地址无效：",
  crop_region_invalid: "字幕区域为空或超出画面，请重新框选。",
  language_invalid: "无法识别此语言，请从列表中选择。",
  frame_range_invalid: "帧的范围为空或超出视频。",
  file_format_invalid: "存储的文件格式或版本不符，请让管理员查看日志。",
  model_invalid: "模型缺失或与程序不符，请联系管理员。",
  ocr_unavailable: "文字识别服务暂时不可用，稍后会自动重试。",
  ocr_failed: "文字识别失败，请重试：",
  compute_timeout: "处理超时，请重试。",
  compute_lost: "处理中途丢失，请重试。",
  compute_cancelled: "处理已取消。",
  compute_unreachable: "计算服务暂时无法连接，稍后会自动重试。",
  result_incomplete: "处理结果不完整，请重试：",
  not_found: "内容不存在，可能已被删除。",
  state_conflict: "当前状态下无法执行此操作：",
  lease_lost: "此任务已由另一个工作进程接手。",
  cancelled: "已取消。",
  store_unavailable: "存储服务暂时不可用，请稍后再试。",
  database_unavailable: "数据库暂时不可用，请稍后再试。",
  attempts_exhausted: "多次尝试均失败：",
  export_invalid: "所选格式无法这样导出：",
  internal: "服务器内部出错：",
  caption_changed: "其他人已修改了此字幕。",
  version_required: "请求缺少字幕的版本，请刷新页面。",
  caption_times_invalid: "时间与字幕的帧或相邻字幕不符：",
  upload_incomplete: "上传不完整，请继续上传。",
};

/** Return the sentence in the language of the page; null when there is only the gateway's English one. */
export function translated({ code, english, limit }: Said): string | null {
  if (language.value !== "zh" || code === null) return null;
  if (code === "limit_reached") return limit ? limitSentence(limit) : words().limitReached;
  const sentence = CHINESE[code];
  return sentence?.endsWith("：") ? sentence + english : (sentence ?? null);
}

/** Return the sentence for an error that a row of the gateway holds. */
export function errorSentence(report: { code: ErrorCode; message: string }): string {
  return translated({ code: report.code, english: report.message }) ?? report.message;
}
