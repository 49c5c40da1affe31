"""Makes `fixtures/` and `expected.json`: the labelled data sets, and what scikit-learn says of them.

    apt-get install -y python3-sklearn
    /usr/bin/python3 ecosystem/data/test/anomaly-detection/quality/expected.py

The data sets come with scikit-learn: breast cancer, wine and digits, of the UCI Machine Learning Repository (CC BY 4.0).
Run again with the same versions, it makes the same files, but for the unscaled factors of the digits: of neighbours that are equally
far, some are left out, and which ones depends on how numpy was built. They differ in the second digit behind the point.
The outliers are chosen by rule, the first ones in the order of the file, so that nobody picks what suits him.
"""

import json
import pathlib

import numpy
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import LocalOutlierFactor

HERE = pathlib.Path(__file__).parent
SEEDS = range(10)
TREES = 200
SAMPLE = 256
NEIGHBOURS = 20


def task(values, is_inlier, outliers):
    """All inliers, and the first `outliers` of the rest."""
    rare = numpy.flatnonzero(~is_inlier)[:outliers]
    rows = numpy.sort(numpy.concatenate([numpy.flatnonzero(is_inlier), rare]))
    return values[rows], (~is_inlier[rows]).astype(int)


def tasks():
    cancer, wine, digits = load_breast_cancer(), load_wine(), load_digits()
    return {
        # Benign tumours, and 20 malignant ones.
        'breast-cancer': task(cancer.data, cancer.target == 1, 20),
        # Wines of the cultivars 2 and 3, and 10 of cultivar 1.
        'wine': task(wine.data, wine.target != 0, 10),
        # Images of 0, 1 and 2, and 20 of other digits.
        'digits': task(digits.data, digits.target <= 2, 20),
    }


def robust(values):
    """Columns by the range of nine in ten of their values, as the detector does it; without those that are all the same."""
    low, high = numpy.quantile(values, [0.05, 0.95], axis=0)
    width = numpy.where(high > low, high - low, numpy.ptp(values, axis=0))
    return (values / numpy.where(width > 0, width, 1))[:, width > 0]


def forest_auc(values, labels, seed):
    forest = IsolationForest(n_estimators=TREES, max_samples=min(SAMPLE, len(values)), random_state=seed)
    return roc_auc_score(labels, -forest.fit(values).score_samples(values))


def lof_scores(values):
    return -LocalOutlierFactor(n_neighbors=NEIGHBOURS, algorithm='brute').fit(values).negative_outlier_factor_


def figures(values, labels):
    aucs = [forest_auc(values, labels, seed) for seed in SEEDS]
    plain, scaled = lof_scores(values), lof_scores(robust(values))
    return {
        'isolationForest': {'meanAuc': numpy.mean(aucs), 'aucs': aucs},
        'localOutlierFactor': {
            'none': {'auc': roc_auc_score(labels, plain), 'scores': plain.tolist()},
            'robust': {'auc': roc_auc_score(labels, scaled), 'scores': scaled.tolist()},
        },
    }


def write(name, values, labels):
    lines = [','.join([*(f'{value:.15g}' for value in row), str(label)]) for row, label in zip(values, labels)]
    (HERE / 'fixtures' / f'{name}.csv').write_text('\n'.join(lines) + '\n')


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else round(float(value), 9)


(HERE / 'fixtures').mkdir(exist_ok=True)
expected = {}
for name, (values, labels) in tasks().items():
    write(name, values, labels)
    expected[name] = rounded(figures(values, labels))
document = {'scikitLearn': sklearn.__version__, 'trees': TREES, 'sampleSize': SAMPLE, 'neighbours': NEIGHBOURS, 'dataSets': expected}
(HERE / 'fixtures' / 'expected.json').write_text(json.dumps(document, indent=1).replace('\n     ', ' ') + '\n')
for name, one in expected.items():
    print(name, one['isolationForest']['meanAuc'], min(one['isolationForest']['aucs']), max(one['isolationForest']['aucs']), {k: v['auc'] for k, v in one['localOutlierFactor'].items()})
