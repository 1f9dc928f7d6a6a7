"""A network that lets nobody in: an agent beside the exporter sends its samples to a Prometheus elsewhere."""

from pathlib import Path

import yaml

from tests.lab import tools
from tests.lab.process import free_port, running, write_yaml
from tests.lab.prometheus import prometheus
from tests.scripted import Script
from tests.webserver import web_server, works

EXAMPLE = Path(__file__).parents[2] / "examples" / "remote-write" / "prometheus-agent.yml"


async def test_the_agent_of_the_example_brings_the_samples_of_its_site(tmp_path: Path) -> None:
    async with (
        web_server(tmp_path, {"vault1": Script(works)}) as server,
        prometheus(tmp_path / "central", [], receives=True) as central,
    ):
        await server.run_all()
        config = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
        (password := tmp_path / "password").write_text("s3cret", encoding="utf-8")
        config["global"]["scrape_interval"] = "1s"
        config["scrape_configs"][0]["static_configs"] = [{"targets": [f"{server.host}:{server.port}"]}]
        config["remote_write"][0] |= {"url": f"{central.url}/api/v1/write"}
        config["remote_write"][0]["basic_auth"]["password_file"] = str(password)
        arguments = (
            "--enable-feature=agent",
            f"--config.file={write_yaml(tmp_path / 'agent.yml', config)}",
            f"--storage.agent.path={tmp_path / 'agent'}",
            f"--web.listen-address=127.0.0.1:{free_port(0)}",
        )
        async with running("agent", tools.prometheus(), *arguments, log=tmp_path / "agent.log"):
            found = await central.wait_for('azure_migrate_keyvault_tcp_up{site="paris"}', deadline=60)
            (up,) = await central.wait_for('up{job="azure-migrate-exporter",site="paris"}')
    assert [(sample.labels["keyvault"], sample.value) for sample in found] == [("vault1", 1)]
    assert up.value == 1
