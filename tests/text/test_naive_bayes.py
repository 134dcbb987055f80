import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import MultinomialNB

from emotion_core.errors import LabelMismatch, ModelUnavailable
from emotion_core.scoring import softmax
from emotion_core.text.naive_bayes import NaiveBayesClassifier

TEXTS = ["I love love this day", "what a sad sad day", "so worried today", "Love, love!", "sad"]
TRUTH = ["love", "sadness", "worry", "love", "sadness"]


@pytest.fixture(scope="module")
def reference():
    vectors = CountVectorizer()
    return vectors, MultinomialNB().fit(vectors.fit_transform(TEXTS), TRUTH)


@pytest.fixture(scope="module")
def classifier(reference):
    vectors, model = reference
    words = {str(w): int(i) for w, i in vectors.vocabulary_.items()}
    ordered = dict(sorted(words.items(), key=lambda entry: entry[1]))
    labels = tuple(map(str, model.classes_))
    return NaiveBayesClassifier(labels, ordered, model.class_log_prior_, model.feature_log_prob_)


words = st.sampled_from(["love", "sad", "DAY", "worried", "unknown", "I", "a", "today.", "don't"])


@given(st.lists(words, max_size=12).map(" ".join))
def test_same_answer_as_scikit_learn(reference, classifier, text):
    vectors, model = reference
    expected = model.predict_proba(vectors.transform([text]))[0]
    (reading,) = classifier.read([text])
    np.testing.assert_allclose(softmax(reading.logits), expected, rtol=1e-9)
    assert not reading.truncated


def test_unknown_words_leave_the_prior(classifier):
    (reading,) = classifier.read(["nothing known here"])
    np.testing.assert_allclose(reading.logits, classifier.log_prior)


def test_informative_words(classifier):
    found = classifier.informative_words(2)
    assert list(found) == list(classifier.labels)
    assert found["love"][0][0] == "love"
    assert found["sadness"][0][0] == "sad"
    assert all(first[1] >= second[1] for first, second in found.values())


def test_informative_ratio_is_that_of_the_likelihoods(classifier):
    word, ratio = classifier.informative_words(1)["worry"][0]
    likelihood = np.exp(classifier.log_likelihood[:, classifier.words[word]])
    k = classifier.labels.index("worry")
    assert ratio == pytest.approx(likelihood[k] / np.delete(likelihood, k).max())


def test_log_odds_are_scaled(classifier):
    group = np.array([label == "love" for label in classifier.labels], float)
    odds = classifier.log_odds(["LOVE", "sad", "unknown"], group)
    assert np.abs(odds).max() == 1
    assert odds[0] > 0 > odds[1]
    assert odds[2] == 0


def test_log_odds_of_nothing_known(classifier):
    assert classifier.log_odds(["unknown"], np.array([1.0, 0, 0])).tolist() == [0]
    assert classifier.log_odds([], np.array([1.0, 0, 0])).shape == (0,)


def test_labels_are_compared_with_the_weights(classifier):
    with pytest.raises(LabelMismatch, match="for 2 labels"):
        NaiveBayesClassifier(
            ("a", "b"), classifier.words, classifier.log_prior, classifier.log_likelihood
        )


@pytest.mark.parametrize("content", ["", "{", "[1"])
def test_unreadable_vocabulary(bundle, content):
    (bundle / "vocabulary.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="the weights cannot be read"):
        NaiveBayesClassifier.from_bundle(bundle, ("a", "b"))


def test_other_weights(bundle):
    from safetensors.numpy import save_file

    save_file({"weights": np.zeros(3)}, bundle / "model.safetensors")
    with pytest.raises(ModelUnavailable, match="log_prior"):
        NaiveBayesClassifier.from_bundle(bundle, ("a", "b"))
