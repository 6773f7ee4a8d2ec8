"""Where models are kept: JSON files named by the digest of their bytes."""

from data.campaign import Campaign
from data.durable import write_file
from data.parts import read_verified
from models.model import PropensityModel, read_model
from pipelines.records import read_training, training_path


def store_model(campaign: Campaign, model: PropensityModel) -> str:
    """Keep a model under its digest in the campaign's models folder; the digest."""
    content = model.to_bytes()
    write_file(campaign.root / "models" / f"{model.digest}.json", content)
    return model.digest


def load_trusted(campaign: Campaign) -> dict[str, PropensityModel]:
    """The models of the last training on which lists may be built, by outcome; none where nothing was trained yet."""
    if not training_path(campaign.root).exists():
        return {}
    outcomes = read_training(campaign.root).outcomes
    return {name: model for name, model in load_models(campaign).items() if outcomes[name].trusted}


def load_models(campaign: Campaign) -> dict[str, PropensityModel]:
    """The models of the last training by outcome, each checked against its digest."""
    models = read_training(campaign.root).models
    return {
        name: read_model(read_verified(campaign.root / "models" / f"{digest}.json", digest))
        for name, digest in models.items()
    }
