#!/usr/bin/env python3
"""usage: check.py TEMPLATE TRANSLATION... - says what is wrong with translations; exit status 1 when something is.

Every sentence of the template is translated, none other is; a translation has the placeholders, the printf
conversions, the Wireshark filters, the commands' options and the RFC numbers of its sentence, each as often.
Of a sentence about a number each form is held against the plural; a form may leave the number itself out.
In Chinese each region has its own characters, words and quotes, and its punctuation is full-width.
"""
import ast, collections, pathlib, re, sys

KEPT = (
    re.compile(r"\{[a-z][a-z0-9_]*\}"),
    re.compile(r"%[-+0-9.]*[a-zA-Z%]"),
    re.compile(r"\b(?:ip|ipv6|udp|icmp|icmpv6|esp|isakmp|frame|tcp|arp)(?:\.[a-z0-9_]+)+\b"),
    re.compile(r"RFC [0-9]+"),
    re.compile(r"(?<![\w-])--[a-z][a-z-]+"),
    re.compile(r"\n"),
)

# language -> its character set, and what is said in the other region only; SPARED: words in which those are at home
REGIONS = {
    "zh_CN": ("gb2312", "网路 资料 预设 资讯 软体 硬体 伺服 连接埠 程式 介面 频宽 快取 档案 列印 登入 记录档 帐号 通道 封包 讯息 分段 位址 位元组 "
              "总和检查 相容 记忆体 电信业者 萤幕 滑鼠 选单 最佳化 网域 字元 协定 闸道 凭证 撷取 电脑 网际网路 搜寻 变数 函式 除错 "
              "对映 重送 视窗 存留期 金钥 用户端 执行绪 行程 硬碟 模组 范本 装置 汇出 汇入 外挂 专案 副档名 贴上 积极模式 主要模式 对等 "
              "重播 讯框 预先共用 逾时 透过 「 」"),
    "zh_TW": ("big5", "網絡 數據 默認 信息 軟件 硬件 服務器 端口 接口 質量 帶寬 緩存 打印 用戶名 登錄 日誌 配置 賬號 賬戶 缺省 視頻 鏈接 隧道 "
              "報文 分片 地址 字節 校驗和 兼容 內存 運營商 屏幕 鼠標 菜單 域名 字符 協議 網關 證書 抓包 計算機 操作系統 互聯網 搜索 變量 函數 "
              "調試 映射 丟包 重傳 序列號 窗口 生存期 密鑰 客戶端 線程 硬盤 腳本 卸載 模塊 模板 命令 導出 導入 注釋 插件 擴展名 異步 實時 "
              "粘貼 拷貝 野蠻模式 預共享 超時 “ ”"),
}
SPARED = re.compile("光纤通道|數據機|命令提示字元")
FAULTS = re.compile("[\u4e00-\u9fff][,;:?!](?![0-9])|[，。：；？！、] |[^.] [，。：；？！、]|([，。：；、])\\1")


def entries(path):
    """msgid -> (msgid_plural or "", [msgstr...], flags), as far as this project's files use the format: no contexts."""
    found, flags, field, parts = {}, "", None, {}

    def take():
        if (field or "").startswith("msgstr"):
            if parts["msgid"] in found:
                yield f"{path}: twice: {parts['msgid']}"
            forms = [text for name, text in sorted(parts.items()) if name.startswith("msgstr")]
            found[parts["msgid"]] = (parts.get("msgid_plural", ""), forms, flags)
            parts.clear()

    wrong = []
    for number, line in enumerate(path.read_text().splitlines() + [""], 1):
        m = re.match(r'(msgid|msgid_plural|msgstr|msgstr\[[0-9]\])?\s*(".*")$', line)
        if m and m[1] == "msgid" or not line.strip() or line.startswith("#"):
            wrong += take()
            if (field or "").startswith("msgstr"):
                flags, field = "", None
        if line.startswith("#,"):
            flags = line
        if m:
            field = m[1] or field
            if m[1]:
                parts[field] = ""
            parts[field] += ast.literal_eval(m[2])
        elif line.strip() and not line.startswith("#"):
            wrong.append(f"{path}:{number}: cannot read: {line}")
    return found, wrong


def regional(region, text):
    """What is not written so in the region."""
    charset, strange = REGIONS[region]
    text = SPARED.sub("", re.sub(r"https?:\S+ ?", "", text))
    yield from (word for word in strange.split() if word in text)
    yield from (m[0] for m in FAULTS.finditer(text))
    for c in text:
        if "\u4e00" <= c <= "\u9fff" and not c.encode(charset, "ignore"):
            yield c


def kept(text):
    return collections.Counter(word for pattern in KEPT for word in pattern.findall(text))


def main():
    template, wrong = entries(pathlib.Path(sys.argv[1]))
    for name in sys.argv[2:]:
        have, more = entries(pathlib.Path(name))
        wrong += more
        for sentence in template.keys() - have.keys():
            wrong.append(f"{name}: not translated: {sentence}")
        for sentence, (plural, forms, flags) in have.items():
            if not sentence:
                continue
            if sentence not in template:
                wrong.append(f"{name}: no sentence of the program: {sentence}")
            elif plural != template[sentence][0]:
                wrong.append(f"{name}: another plural: {sentence}")
            elif not all(forms):
                wrong.append(f"{name}: not translated: {sentence}")
            elif "fuzzy" in flags:
                wrong.append(f"{name}: marked fuzzy: {sentence}")
            else:
                for said in forms:
                    strange = sorted(set(regional(pathlib.Path(name).stem, said))) if pathlib.Path(name).stem in REGIONS else ()
                    if strange:
                        wrong.append(f"{name}: not said so there: {' '.join(map(repr, strange))} in: {said}")
                    odd = (kept(plural or sentence) - kept(said)) + (kept(said) - kept(plural or sentence))
                    if odd and not (plural and set(odd) <= {"{n}", "{count}"} and not kept(said) - kept(plural)):
                        wrong.append(f"{name}: {' '.join(map(repr, odd))} differs: {said}")
    print(*sorted(wrong), sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if len(sys.argv) < 3:
    sys.exit(__doc__)
sys.exit(main())
