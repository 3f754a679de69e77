"""Say where a line may break, in Chinese and Latin text, on screens, receipts and paper."""

from __future__ import annotations

import unicodedata

MAY_NOT_START = "，。、；：！？）》〉」』】〕”’…—·,.;:!?)]}%"
MAY_NOT_END = "（《〈「『【〔“‘([{"

SIMPLIFIED = """
图书馆 读者证 服务台 二维码 验证码 身份证 自助机 检索词 索书号 感应区 摄像头 监护人 逾期费 电子书 复本
保留 方式 联系 书目 书名 项目 规划 出版 重点 国家 服务 字母 办结 导出 周日 周一 周二 周三 周四
周五 周六 开头 新书 历史 读者 手机 书架 延期 内容 其他 遗失 馆员 已满 领取 开通 分区 水利 凭条
我们 受理 怎么 怎样 阅读 文化 看到 争议 保存 恢复 修改 预约 处理 没有 规定 事项 使用 研究 推断
文献 正确 错误 是否 重新 连接 添加 不会 可以 办理 分别 继续 完整 清除 借书 期刊 核对 代码 启动
稍微 座位 推荐 首字母 所在 到期 通知 判断 星期 需要 陪同 发出 显示 两项 电脑 这里 完成 目录 扫码
作者 反映 就是 数字 打开 报名 送达 立即 取消 册数 按钮 操作 进入 账户 页面 暂时 借阅 归还 登记
密码 屏幕 设置 兴趣 消息 同意 删除 资料 信息 邮箱 帮助 无法 询问 确认 全部 查询 逐本 拼音 封底
翻面 刷证 文字 哪里 圆环 微信 监护 关闭 还书 续借 借期 到馆 来馆 馆藏 条码 号码 朝上 最多 触摸
准确 测试 邮件 分馆 匿名 更改 语音 朗读 推送 提醒 时间 技术 人员 检查 网络 本机 系统 数据 待核对
待确认 答复 回复 咨询 活动 课程 查找 书签 评价 问卷 回答 问题 意见 建议 购买 征集 说明 授权 撤回
隐私 匹配 最近 今天 明天 之后 之前 以后 以上 以下 一起 一次 一本 一张
"""
"""Words of two and three characters in the Simplified Chinese texts of the kiosk, which no line break splits."""

TRADITIONAL = """
圖書館 讀者證 服務檯 二維碼 驗證碼 身份證 自助機 檢索詞 索書號 感應區 攝像頭 監護人 逾期費 電子書 複本
聯絡 聯繫 書目 書名 專案 項目 規劃 重點 國家 服務 辦結 匯出 導出 週日 週一 週二 週三 週四 週五
週六 開頭 新書 歷史 讀者 手機 書架 內容 遺失 館員 已滿 領取 開通 分割槽 分區 憑條 我們 怎麼 怎樣
閱讀 爭議 儲存 恢復 預約 處理 沒有 規定 事項 推斷 文獻 正確 錯誤 連線 連接 新增 不會 辦理 分別
繼續 借書 核對 覈對 程式碼 代碼 啟動 啓動 推薦 判斷 發出 顯示 兩項 電腦 這裡 這裏 目錄 掃碼 數字
開啟 打開 報名 送達 冊數 按鈕 進入 賬戶 頁面 暫時 借閱 歸還 登記 密碼 螢幕 設定 設置 興趣 訊息
刪除 資料 資訊 郵箱 幫助 無法 詢問 確認 查詢 刷證 哪裡 哪裏 圓環 監護 關閉 還書 續借 到館 來館
館藏 條碼 號碼 觸控 觸摸 準確 測試 郵件 分館 語音 朗讀 時間 技術 人員 檢查 網路 網絡 本機 系統
數據 待核對 待覈對 待確認 答覆 回覆 諮詢 活動 課程 書籤 評價 問卷 問題 意見 建議 購買 徵集 說明
授權 隱私 之後 以後 一張
"""
"""The same words in Traditional Chinese, where they differ."""

PARTICLES = "的了吗嗎们們"
"""Characters that belong to the word before them."""


def unbroken(text: str, breaks_after: str = "-") -> list[str]:
    """Split into pieces that cannot be broken.

    A piece is a word with its space, a Chinese character with its punctuation, or a number with the character after it.

    Args:
        text: Text.
        breaks_after: Characters inside a Latin word after which a line may end.
    """
    parts: list[str] = []
    for char in text:
        if parts and _sticks(parts[-1], char, breaks_after):
            parts[-1] += char
        else:
            parts.append(char)
    return parts


def is_wide(char: str) -> bool:
    """Return True for Chinese, Japanese and Korean characters and their punctuation."""
    return unicodedata.east_asian_width(char) in "WF" or char in "“”‘’…—·"


def is_one_word(before: str, after: str) -> bool:
    """Return True if a line must not break between these two characters."""
    if before.isspace() or after.isspace():
        return False
    return after in PARTICLES or before + after in SIMPLIFIED or before + after in TRADITIONAL


def _sticks(piece: str, char: str, breaks_after: str) -> bool:
    last = piece[-1]
    if char == " " or char in MAY_NOT_START or last in MAY_NOT_END:
        return True
    if (piece.rstrip()[-1:].isdigit() and is_wide(char)) or (last in "年月" and char.isdigit()):
        return True
    return last != " " and last not in breaks_after and not is_wide(char) and not is_wide(last)
