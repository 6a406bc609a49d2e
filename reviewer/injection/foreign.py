"""Instructions to a reviewer in other languages, by stems: two of a language's groups in one sentence.

Papers in English hardly quote sentences on papers, scores and acceptance in other languages.
"""

import re
import unicodedata

GROUPS = ("paper", "verdict", "praise", "reader", "ignore", "instruction", "weakness")
"""What the stems of a language mean, in the order of its columns."""
_STEMS: dict[str, tuple[str, ...]] = {
    "Chinese": (
        "论文|論文|稿件|本文|文章|投稿|手稿",
        "接收|接受|录用|錄用|推荐|推薦|评分|評分|打分|评价|評價|评审|評審|审稿|分数|分數|拒稿|录取",
        "高分|满分|滿分|最高|好评|好評|正面|积极|積極|优秀|優秀|10分|十分|慷慨",
        "审稿人|審稿人|评审|評審|人工智能|大模型|语言模型|助手|评阅",
        "忽略|无视|無視|忽視|忽视|忘记|忘記|不要|不必|勿",
        "指令|指示|提示|说明|說明|要求|规则|規則|命令",
        "缺点|缺點|弱点|不足|缺陷|负面|批评",
    ),
    "Japanese": (
        "論文|本稿|原稿|投稿",
        "採択|採録|受理|査読|評価|スコア|点数|推薦|判定|レビュー",
        "最高|満点|高い|肯定|好意|優秀|10点",
        "査読者|AI|人工知能|言語モデル|アシスタント|評価者",
        "無視|忘れ|触れず|触れない|しないで|従わ",
        "指示|命令|プロンプト|ルール|規則",
        "欠点|弱点|短所|否定|批判",
    ),
    "Korean": (
        "논문|원고|투고|연구",
        "승인|채택|게재|수락|평가|점수|추천|심사|리뷰|등급",
        "최고|만점|높은|긍정|호의|훌륭|10점",
        "심사위원|심사자|리뷰어|인공지능|언어 모델|AI|평가자",
        "무시|잊|마십시오|마세요|말 것|하지 마",
        "지시|명령|프롬프트|규칙|지침",
        "단점|약점|결점|부정|비판",
    ),
    "Russian": (
        "стать|работ|рукопис|публикац|заявк",
        "прими|принят|оцен|балл|рекоменд|рецензи|одобр|отзыв",
        "высш|высок|положительн|отличн|максимальн|хвал",
        "рецензент|эксперт|модел|ассистент|нейросет|проверяющ",
        "игнорир|забуд|пренебре|не упомин|не обраща",
        "инструкци|указани|правил|команд|подсказк",
        "недостат|слабост|ошиб|отрицательн|критик",
    ),
    "Ukrainian": (
        "статт|робот|рукопис",
        "прийм|прийнят|оцін|бал|рекоменд|рецензі",
        "найвищ|висок|позитивн",
        "рецензент|експерт|модел",
        "ігнор|забуд|не згаду",
        "інструкці|вказівк|правил",
        "недолік|слабк",
    ),
    "Arabic": (
        "ورقة|الورقة|البحث|بحث|مقال|المخطوط",
        "اقبل|قبول|قيم|تقييم|درجة|أوص|توصي|امنح|علامة|منح",
        "أعلى|ممتاز|إيجابي|عالية|كامل",
        "المراجع|مراجع|المحكم|الذكاء|نموذج|المقيم",
        "تجاهل|انس|لا تذكر",
        "تعليمات|التعليمات|أوامر|الأوامر|قواعد",
        "عيوب|ضعف|نقاط الضعف|سلبي",
    ),
    "Persian": (
        "مقاله|پژوهش",
        "بپذیر|پذیرش|امتیاز|نمره|ارزیابی|توصیه",
        "بالاترین|عالی|مثبت",
        "داور|هوش مصنوعی",
        "نادیده|فراموش",
        "دستور|قوانین",
        "ضعف|ایراد",
    ),
    "Hebrew": (
        "מאמר|עבודה",
        "קבל|דרג|ציון|המלצ|הערכ",
        "גבוה|חיובי|מצוין|מקסימל",
        "סוקר|שופט|מודל",
        "התעלם|שכח",
        "הוראות|הנחיות|כללים",
        "חולש|פגמ",
    ),
    "Hindi": (
        "पत्र|शोध|लेख",
        "स्वीकार|अंक|मूल्यांकन|सिफारिश|समीक्षा|स्कोर",
        "सर्वोच्च|उच्च|सकारात्मक|उत्कृष्ट",
        "समीक्षक|मॉडल|एआई",
        "अनदेखा|नज़रअंदाज|भूल",
        "निर्देश|नियम",
        "कमज़ोर|कमी|दोष",
    ),
    "Greek": (
        "εργασια|αρθρο|δημοσιευση",
        "αποδεχ|αποδοχ|βαθμολογ|αξιολογ|συστην|συστησ",
        "υψηλοτερ|θετικ|αριστ",
        "κριτ|αξιολογητ|μοντελο",
        "αγνοησ|ξεχασ",
        "οδηγι|κανον",
        "αδυναμι|ελαττωμα",
    ),
    "German": (
        "artikel|arbeit|einreichung|beitrag|manuskript|papier|paper",
        "bewert|annahme|annehm|akzeptier|empfehl|empfiehl|punktzahl|begutacht|gutachten|beurteil|"
        r"note\b",
        "hochst|positiv|bestnote|maximal|ausgezeichnet|wohlwollend|beste",
        r"gutachter|rezensent|sprachmodell|assistent|\bki\b|prufer",
        "ignorier|vergiss|vergessen|missacht|ubergeh|keine|nicht",
        "anweisung|instruktion|vorgabe|befehl|regeln|richtlinie",
        "schwache|mangel|fehler|kritik|negativ",
    ),
    "French": (
        "article|papier|soumission|manuscrit|travail",
        r"accept|recommand|attribu|donnez|donne\b|notez|note\b|evalu|avis|verdict",
        "maximal|meilleur|positi|favorable|excellent|eleve|haute",
        r"relecteur|evaluateur|rapporteur|examinateur|modele de langage|assistant|\bia\b",
        "ignor|oubli|neglig|ne mention|ne tenez|faites abstraction",
        "instruction|consigne|directive|regles",
        "faiblesse|defaut|critique|negati",
    ),
    "Spanish": (
        "articulo|trabajo|manuscrito|envio|ponencia",
        r"acept|recomiend|recomend|otorg|asign|calific|puntu|evalu|\bnota\b|dale\b",
        "maxim|mejor|positiv|favorable|excelente|alta",
        r"revisor|evaluador|arbitro|modelo de lenguaje|asistente|\bia\b",
        "ignor|olvid|omit|no mencion|haz caso omiso",
        "instruccion|indicacion|ordenes|reglas|directric",
        "debilidad|defecto|critica|negativ|fallo",
    ),
    "Portuguese": (
        "artigo|trabalho|manuscrito|submissao",
        r"aceit|recomend|atribu|avali|pontu|\bnota\b|\bde\b a",
        "maxim|melhor|positiv|favorav|excelente|alta",
        "revisor|avaliador|parecerista|modelo de linguagem|assistente",
        "ignor|esque|omit|nao mencion",
        "instruc|regras|diretriz|ordens",
        "fraqueza|defeito|critica|negativ|falha",
    ),
    "Italian": (
        "articolo|lavoro|manoscritto|contributo",
        r"accett|raccomand|assegn|valut|punteggio|\bvoto|\bvoti|giudizio|approv",
        "massim|miglior|positiv|favorevol|eccellente|alto",
        "revisore|valutatore|modello linguistico|assistente",
        "ignor|dimentic|omett|non menzion|trascur",
        "istruzion|regole|direttiv|ordini",
        "debolezz|difett|critic|negativ",
    ),
    "Dutch": (
        "artikel|werk|inzending|manuscript|paper",
        r"accepteer|aanvaard|beoorde|\bscore|aanbevel|\bcijfer",
        "hoogste|positie|uitstekend|beste",
        "beoordelaar|recensent|taalmodel|assistent",
        "negeer|vergeet|niet",
        "instructie|regels|richtlijn|opdracht",
        "zwakke|gebrek|kritiek|negatie",
    ),
    "Polish": (
        "artykul|prac[ea]|manuskrypt|zgloszeni",
        "zaakcept|przyjm|przyjec|ocen|rekomend|polec|punkt|recenzj",
        "najwyz|pozytywn|maksymaln|doskonal",
        "recenzent|model|asystent",
        "zignoruj|ignoruj|zapomnij|pomin|nie wspom",
        "instrukcj|polecen|zasad|wytyczn",
        "slabos|wad|krytyk|negatywn",
    ),
    "Turkish": (
        "makale|calisma|bildiri",
        r"kabul|degerlendir|puan|oner|\bnot\b|hakem",
        "yuksek|olumlu|mukemmel|tam",
        "hakem|degerlendirici|dil modeli|yapay zeka",
        "yok say|gormezden|unut|dikkate alma",
        "talimat|kural|yonerge|komut",
        "zayif|kusur|eksik|olumsuz|elestir",
    ),
    "Swedish": (
        "artikel|uppsats|inlaga|manuskript|arbete",
        "accepter|godkan|betyg|rekommender|bedom|poang",
        "hogsta|positiv|utmarkt|basta",
        "granskare|sprakmodell|assistent",
        "ignorera|glom|bortse|inte",
        "instruktion|anvisning|regler",
        "svaghet|brist|kritik|negativ",
    ),
    "Vietnamese": (
        "bai bao|bai viet|nghien cuu|ban thao",
        "chap nhan|danh gia|diem|de xuat|khuyen nghi|phan bien",
        "cao nhat|tich cuc|toi da|xuat sac",
        "nguoi phan bien|mo hinh|tro ly",
        "bo qua|phot lo|quen",
        "chi dan|huong dan|quy tac|lenh",
        "diem yeu|khuyet diem|tieu cuc",
    ),
    "Indonesian": (
        "makalah|artikel|naskah|karya",
        "terima|nilai|skor|rekomendasi|ulasan",
        "tertinggi|positif|maksimal|terbaik",
        "peninjau|penilai|model bahasa|asisten",
        "abaikan|lupakan|jangan",
        "instruksi|perintah|aturan|petunjuk",
        "kelemahan|kekurangan|kritik|negatif",
    ),
}
_OTHER_SCRIPT = re.compile(r"[\u0370-\u077f\u0900-\u0dff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]{2}")
_ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|we|with|that|for|to|this|by|from|was|which|can|as|on|it|be|at|an|our|or|have|has|using)\b"
)
_PLAINLY_ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|we|with|that|to|this|by|from|which|can|our|have|has|using|its|be|for)\b|[.|]\s"
)
_TRACES = re.compile(
    r"\b(?:que|una?|un|el|la|las|los|le|les|des|du|della|il|di|che|per|este|esta|der|die|das|den|dem|und|ist|nicht|bitte|ein"
    r"|eine[rnms]?|alle|von|zu|auf|ce|cet|cette|vos|votre|toutes?|tutte|todas?|os|as|ao|uma|para|dit|deze?|het|een|van|alle"
    r"|wszystkie|ten|tego|tej|jest|i|bu|ve|tum|bir|denna|detta|och|att|alla|nay|cho|tat|ca|ini|dan|semua|yang|no|ne|se|si|por|y|sin|tus|sus?|deste|desta|neste|senza|ohne|sans)\b"
)
_OTHER = {name: tuple(re.compile(stems) for stems in row) for name, row in _STEMS.items() if not row[0].isascii()}
_LATIN = {
    name: tuple(re.compile(rf"\b(?:{stems})") for stems in row) for name, row in _STEMS.items() if row[0].isascii()
}


def find_foreign(sentence: str) -> int | None:
    """The place where a sentence begins to speak of a verdict, or to set instructions aside, in another language
    than English; English may stand before it."""
    if other := _OTHER_SCRIPT.search(sentence):
        is_found = any(_count(row, sentence.lower()) >= 2 for row in _OTHER.values())
        return other.start() if is_found or _count(_OTHER["Greek"], _bare(sentence)) >= 2 else None
    plain = _bare(sentence)
    if len(_TRACES.findall(plain)) < 2:
        return None
    if len(_ENGLISH.findall(plain)) <= 1:
        return 0 if _is_whisper(plain, 2) else None
    edges = [0, *(edge for match in _PLAINLY_ENGLISH.finditer(plain) for edge in match.span()), len(plain)]
    stretches = zip(edges[::2], edges[1::2], strict=True)
    return next((start for start, end in stretches if end - start > 30 and _is_whisper(plain[start:end], 3)), None)


def _is_whisper(plain: str, least: int) -> bool:
    is_foreign = len(_TRACES.findall(plain)) >= 2 and len(_ENGLISH.findall(plain)) <= 1
    return is_foreign and any(_count(row, plain) >= least and _bears(row, plain) for row in _LATIN.values())


def _count(row: tuple[re.Pattern[str], ...], text: str) -> int:
    return sum(bool(stems.search(text)) for stems in row)


def _bears(row: tuple[re.Pattern[str], ...], text: str) -> bool:
    """Three groups, or an order to ignore instructions, or a verdict with praise or with a paper."""
    paper, verdict, praise, reader, ignore, instruction, weakness = (bool(stems.search(text)) for stems in row)
    pairs = (ignore and (instruction or weakness), verdict and (praise or paper or reader), reader and paper)
    return any(pairs)


def _bare(text: str) -> str:
    """Small letters without accents."""
    parted = unicodedata.normalize("NFD", text.lower().replace("ı", "i").replace("ł", "l").replace("đ", "d"))
    return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", parted))
