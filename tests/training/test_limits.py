"""What each setting of a training may be."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from emotion_core.errors import InvalidInput
from emotion_core.training.audio_config import AudioConfig
from emotion_core.training.config import load_config
from emotion_core.training.face_config import FaceConfig
from emotion_core.training.fusion_config import FusionConfig
from emotion_core.training.limits import require_valid
from emotion_core.training.text_config import TextConfig
from emotion_core.training.video_config import VideoConfig

KINDS: Mapping[str, type[Any]] = {
    "text": TextConfig,
    "audio": AudioConfig,
    "face": FaceConfig,
    "video": VideoConfig,
    "fusion": FusionConfig,
}
TRAINED = ("text", "audio", "face", "video")
"""kinds that learn from labelled items, and maybe from a teacher"""
SHRUNK = ("text", "audio", "face")
SHRINKING = (
    ("shrink.precision=int4", "int8, fp16, fp32 or nothing, got 'int4'; did you mean 'int8'"),
    ("shrink.prune=1", "a number from 0 to below 1, got 1"),
    ("shrink.epochs=0", "a whole number from 1, got 0"),
    ("shrink.rate=0", "a number above 0, got 0"),
    ("shrink.allowed_loss=1.5", "a number from 0 to 1, got 1.5"),
)
TEACHING = (
    ("distillation.hard_weight=3", "a number from 0 to 1, got 3"),
    ("distillation.temperature=0", "a number above 0, got 0"),
    ("balance=1.1", "a number from 0 to 1, got 1.1"),
    ("label_set=EKMAN8", "EKMAN7, .* or nothing, got 'EKMAN8'; did you mean 'EKMAN7'"),
)
ALL = (
    ("id=''", "text that is not empty, got ''"),
    ("batch_size=0", "a whole number from 1, got 0"),
    ("epochs=0", "a whole number from 1, got 0"),
    ("precision=fp8", "32-true, bf16-mixed, .* got 'fp8'"),
    ("monitor=acuracy", "accuracy, got 'acuracy'; did you mean 'accuracy'|accuracy or"),
    ("seed=2147483648", "a whole number from 0 to 2147483647"),
    ("patience=-1", "a whole number from 0, got -1"),
    ("optimiser.learning_rate=0", "a number above 0, got 0"),
    ("optimiser.head_learning_rate=0", "a number above 0, got 0"),
    ("optimiser.layer_decay=1.5", "a number from 0 to 1, got 1.5"),
    ("optimiser.warmup=1.5", "a number from 0 to 1, got 1.5"),
    ("optimiser.schedule=cosine", "linear, one-cycle or plateau, got 'cosine'"),
    ("optimiser.ema_decay=1", "a number from 0 to below 1, got 1"),
    ("loss.alpha=0", "a number above 0, got 0"),
    ("loss.label_smoothing=2", "a number from 0 to below 1, got 2"),
    ("run.devices=0", "a whole number from 1, got 0"),
    ("run.machines=0", "a whole number from 1, got 0"),
    ("run.accumulate=0", "a whole number from 1, got 0"),
)
OWN = {
    "text": (
        ("architecture=naive-bays", "naive-bayes or .* did you mean 'naive-bayes'"),
        ("report_labels=FOO", "EKMAN7, .* got 'FOO'"),
        ("encoder.name=''", "text that is not empty"),
        ("encoder.finetune=some", "all, none or a number, got 'some'"),
        ("encoder.dropout=1", "a number from 0 to below 1, got 1"),
        ("head.lstm_hidden=0", "a whole number from 1, got 0"),
        ("head.pooling=maen", "attention, mean or max, got 'maen'; did you mean 'mean'"),
        ("head.normalisation=foo", "layer or batch, got 'foo'"),
        ("head.dropout=1.5", "a number from 0 to below 1, got 1.5"),
        ("synonyms.probability=2", "a number from 0 to 1, got 2"),
        ("synonyms.minority_probability=2", "a number from 0 to 1, got 2"),
        ("distillation.folds=1", "0 or a whole number from 2, got 1"),
        ("distillation.teacher_epochs=0", "a whole number from 1, got 0"),
        ("distillation.students=0", "a whole number from 1, got 0"),
        ("borrowed_share=2", "a number from 0 to 1, got 2"),
        ("max_length=2", "a whole number from 3, got 2"),
        ("languages=english", "ISO 639 codes joined by commas .* got 'english'"),
        ("languages='en, de'", "ISO 639 codes joined by commas .* got 'en, de'"),
        ("naive_bayes.alpha=0", "a number above 0, got 0"),
        ("naive_bayes.min_count=0", "a whole number from 1, got 0"),
        ("ngrams.min_count=0", "a whole number from 1, got 0"),
        ("ngrams.width=0", "a whole number from 1, got 0"),
        ("ngrams.dropout=1", "a number from 0 to below 1, got 1"),
        ("ngrams.learning_rate=0", "a number above 0, got 0"),
        ("ngrams.threshold_weight=2", "a number from 0 to 1, got 2"),
    ),
    "audio": (
        ("report_labels=FOO", "EKMAN7, .* got 'FOO'"),
        ("features.kind=mfcc", "log-mel, mel-db or log-spectrogram, got 'mfcc'"),
        ("features.window=0", "a whole number from 1, got 0"),
        ("features.hop=0", "a whole number from 1, got 0"),
        ("features.bins=0", "a whole number from 1, got 0"),
        ("features.fmax=0", "a number above 0, got 0"),
        ("network.kind=resnet", "resnet34, got 'resnet'; did you mean 'resnet34'"),
        ("network.channels=8;8", "positive numbers joined by commas, got '8;8'"),
        ("network.channels=''", "positive numbers joined by commas, got ''"),
        ("network.hidden=0", "a whole number from 1, got 0"),
        ("network.pooling=mean", "attention or max, got 'mean'"),
        ("network.dropout=1", "a number from 0 to below 1, got 1"),
        ("network.convolution_dropout=1", "a number from 0 to below 1, got 1"),
        ("network.least_frames=0", "a whole number from 1, got 0"),
        ("augmentation.time_scale=50", "a number from 0 to 3, got 50"),
        ("augmentation.frequency_scale=50", "a number from 0 to 3, got 50"),
        ("augmentation.noise=2", "a number from 0 to 1, got 2"),
        ("own_profile=2", "a number from 0 to 1, got 2"),
        ("members=0", "a whole number from 1, got 0"),
    ),
    "face": (
        ("size=0", "a whole number from 1, got 0"),
        ("first_size=3", "0 or a whole number from 4, got 3"),
        ("network.kind=vgg", "residual or plain, got 'vgg'"),
        ("network.channels=''", "positive numbers joined by commas, got ''"),
        ("network.blocks=1,0,2,1", "positive numbers joined by commas, got '1,0,2,1'"),
        ("network.hidden=wide", "positive numbers joined by commas, or nothing, got 'wide'"),
        ("network.dropout=1", "a number from 0 to below 1, got 1"),
        ("augmentation.rotation=181", "a number from 0 to 180, got 181"),
        ("augmentation.scale=50", "a number from 0 to 3, got 50"),
        ("augmentation.contrast=50", "a number from 0 to 3, got 50"),
        ("augmentation.gamma=50", "a number from 0 to 3, got 50"),
        ("augmentation.shift=2", "a number from 0 to 1, got 2"),
        ("augmentation.erasing=2", "a number from 0 to 1, got 2"),
        ("members=0", "a whole number from 1, got 0"),
    ),
    "video": (
        ("clip.frames=0", "a whole number from 1, got 0"),
        ("clip.size=0", "a whole number from 1, got 0"),
        ("clip.crop_channels=2", "1 or 3, got 2"),
        ("network.kind=lstm", "video-cnn-bigru, got 'lstm'"),
        ("network.channels=''", "positive numbers joined by commas, got ''"),
        ("network.hidden=0", "a whole number from 1, got 0"),
        ("network.dropout=1", "a number from 0 to below 1, got 1"),
        ("network.convolution_dropout=1", "a number from 0 to below 1, got 1"),
    ),
    "fusion": (
        ("kind=atention", "attention or translation, got 'atention'; did you mean 'attention'"),
        ("label_set=''", "TWEETS13 or TWEETS5, got ''"),
        ("pooling=median", "log-opinion or mean, got 'median'"),
        ("moments.train=0", "a whole number from 1, got 0"),
        ("moments.validation=0", "a whole number from 1, got 0"),
        ("moments.test=0", "a whole number from 1, got 0"),
        ("moments.dropped=2", "a number from 0 to 1, got 2"),
        ("moments.spoilt=2", "a number from 0 to 1, got 2"),
        ("moments.swapped=2", "a number from 0 to 1, got 2"),
        ("network.width=0", "a whole number from 1, got 0"),
        ("network.heads=0", "a whole number from 1, got 0"),
        ("network.dropout=1", "a number from 0 to below 1, got 1"),
        ("network.embedding='text, voice'", "some of text, audio, face, .* got 'text, voice'"),
        ("network.embedding_dropout=1", "a number from 0 to below 1, got 1"),
    ),
}
REFUSED = [
    *((kind, *case) for kind in KINDS for case in ALL),
    *((kind, *case) for kind in TRAINED for case in TEACHING),
    *((kind, *case) for kind in SHRUNK for case in SHRINKING),
    *((kind, *case) for kind, cases in OWN.items() for case in cases),
]
ACCEPTED = {
    "text": (
        "head.dropout=0", "head.lstm_layers=0", "head.attention_heads=0", "patience=0",
        "encoder.finetune=none", "encoder.finetune=0", "encoder.unfreeze_every=0",
        "distillation.folds=0", "distillation.folds=2", "distillation.hard_weight=0",
        "distillation.hard_weight=1", "optimiser.warmup=0", "optimiser.warmup=1",
        "optimiser.layer_decay=0", "optimiser.layer_decay=1", "optimiser.weight_decay=0",
        "loss.gamma=0", "loss.label_smoothing=0", "balance=0", "balance=1", "synonyms.max_words=0",
        "label_set=ekman7", "label_set=''", "languages=''", "languages=en,pcm", "max_length=3",
        "seed=0", "seed=2147483647", "precision=32", "precision=16-mixed", "shrink.prune=0",
        "shrink.drop_layers=0", "shrink.allowed_loss=1", "borrowed_share=1", "batch_size=1",
    ),
    "audio": (
        "network.dropout=0", "network.unfreeze_every=0", "augmentation.masks=0",
        "augmentation.mixup=0", "own_profile=0", "own_profile=1", "pretrain_epochs=0",
        "test_fold=0", "features.fmin=0", "optimiser.gradient_clip=0", "patience=0",
        "network.least_frames=4",
    ),
    "face": (
        "first_size=0", "first_size=48", "network.hidden=''", "votes_weight=0", "size=1",
        "augmentation.rotation=180", "augmentation.erasing=1", "optimiser.ema_decay=0",
    ),
    "video": ("clip.crop_size=0", "clip.crop_channels=1", "patience=0", "clip.size=16"),
    "fusion": (
        "network.embedding=''", "network.embedding_dropout=0", "moments.dropped=1",
        "cycle_weight=0", "material.face=''", "network.heads=3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "setting", "message"), REFUSED)
def test_nonsense_is_told_by_name(kind: str, setting: str, message: str) -> None:
    name = setting.partition("=")[0]
    with pytest.raises(InvalidInput, match=f"^--set .*: '{name}' expects .*({message})"):
        load_config(KINDS[kind], None, [setting])


@pytest.mark.parametrize(
    ("kind", "setting"), [(k, s) for k, settings in ACCEPTED.items() for s in settings]
)
def test_sense_is_accepted(kind: str, setting: str) -> None:
    assert load_config(KINDS[kind], None, [setting])


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("text", "distillation.folds=2 distillation.teacher=big", "folds or a teacher, got both"),
        ("text", "head.normalisation=batch batch_size=1", "a batch_size of 2 or more, got 1"),
        ("text", "optimiser.gradient_clip=0", r"optimiser\.gradient_clip: .* above 0, got 0"),
        ("text", "head.attention_heads=3", r"^head\.attention_heads: .*, 512, got 3"),
        (
            "text",
            "distillation.folds=2 distillation.teacher_lstm_layers=1 "
            "distillation.teacher_attention_heads=7",
            r"^distillation\.teacher_attention_heads: .* got 7",
        ),
        ("text", "ngrams.width=8", r"^ngrams\.width: transformer-.* does not read it"),
        ("audio", "features.fmin=9000", "fmin < fmax"),
        ("audio", "features.hop=513", "hop <= window"),
        ("audio", "features.kind=log-spectrogram", "257 bins, not 64"),
        (
            "audio",
            "features.kind=log-spectrogram features.bins=257",
            r"^features\.kind: cnn-bigru reads one",
        ),
        ("audio", "features.bins=8", "4 blocks are too many for 8 bins"),
        ("audio", "network.least_frames=3", r"network\.least_frames: expected 4 or more, got 3"),
        ("audio", "network.kind=alexnet", "alexnet needs 63 bins and least_frames or more"),
        ("audio", "network.pretrained=x", r"^network\.pretrained: cnn-bigru does not read it"),
        ("audio", "shrink.drop_layers=1", r"^shrink\.drop_layers: .* only a transformer"),
        ("audio", "keep_folds=true", "^keep_folds: "),
        ("audio", "validation_fold=2", "^validation_fold: give test_fold, too"),
        ("audio", "validation_fold=2 test_fold=2", "^validation_fold: expected another"),
        ("audio", "cross_validation=true test_fold=2", "^test_fold: "),
        ("audio", "cross_validation=true shrink.prune=0.5", "^shrink needs a validation split"),
        ("audio", "cross_validation=true distillation.teacher=x", r"^distillation\.teacher has"),
        ("audio", "cross_validation=true optimiser.schedule=plateau", r"^optimiser\.schedule: "),
        ("audio", "data=a,b pretrain_epochs=1 optimiser.schedule=plateau", "^optimiser.schedule: "),
        ("face", "first_size=52", "first_size: expected 48, .* or less, got 52"),
        ("face", "network.blocks=1", "as many channels as blocks, got '32,64,128,256' and '1'"),
        ("face", "network.kind=plain size=7", "4 stages are too many for 7 px"),
        ("face", "shrink.drop_layers=1", r"^shrink\.drop_layers: .* only a transformer"),
        ("video", "clip.size=15", "3 convolutions are too many for 15 px"),
        ("fusion", "kind=attention network.heads=3", "^network.heads: expected a divisor of 256"),
    ],
)
def test_settings_that_do_not_go_together(kind: str, settings: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        load_config(KINDS[kind], None, settings.split())


@pytest.mark.parametrize("architecture", ["naive-bayes", "ngram-network"])
@pytest.mark.parametrize(
    "setting",
    [
        "shrink.prune=0.5", "shrink.epochs=3", "distillation.teacher=big", "run.devices=2",
        "head.dropout=0.5", "batch_size=4", "monitor=accuracy", "balance=1",
    ],
)  # fmt: skip
def test_what_a_small_architecture_does_not_read(architecture: str, setting: str) -> None:
    name = setting.partition("=")[0]
    with pytest.raises(InvalidInput, match=f"^{name}: {architecture} does not read it; leave it"):
        load_config(TextConfig, None, [f"architecture={architecture}", setting])


def test_what_small_architectures_read() -> None:
    load_config(TextConfig, None, ["architecture=naive-bayes", "naive_bayes.alpha=0.5", "seed=3"])
    load_config(TextConfig, None, ["architecture=ngram-network", "ngrams.words=0", "epochs=9"])
    with pytest.raises(InvalidInput, match=r"^epochs: naive-bayes does not read it"):
        load_config(TextConfig, None, ["architecture=naive-bayes", "epochs=9"])
    with pytest.raises(InvalidInput, match=r"^multi_label: naive-bayes tells one label"):
        load_config(TextConfig, None, ["architecture=naive-bayes", "multi_label=true"])
    none = ["architecture=ngram-network", "ngrams.words=0", "ngrams.largest=0"]
    with pytest.raises(InvalidInput, match="largest or words from 1, got 0 of both"):
        load_config(TextConfig, None, none)


def test_settings_made_in_python_are_checked() -> None:
    config = FaceConfig(size=0)
    with pytest.raises(InvalidInput, match=r"^'size' expects a whole number from 1, got 0$"):
        require_valid(config)
    config = AudioConfig()
    config.network.dropout = 0  # a whole number may stand for any
    require_valid(config)
    config.network.kind = "lstm"
    with pytest.raises(InvalidInput, match=r"^'network\.kind' expects cnn-bigru, alexnet or"):
        require_valid(config)


@pytest.mark.parametrize("path", sorted(Path("configs").glob("*.yaml")), ids=str)
def test_shipped_configurations_are_valid(path: Path) -> None:
    assert load_config(KINDS[path.stem.partition("-")[0]], path).id == path.stem


@pytest.mark.parametrize(
    "path", sorted(Path("models").glob("*/training/config.yaml")), ids=lambda p: p.parts[1]
)
def test_the_settings_of_shipped_models_are_valid(path: Path) -> None:
    assert load_config(KINDS[path.parts[1].partition("-")[0]], path)
