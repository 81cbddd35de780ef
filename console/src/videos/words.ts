import { defineWords } from "../app/language";

export const words = defineWords({
  en: { title: "Videos" },
  zh: { title: "视频" },
});
