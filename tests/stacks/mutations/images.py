"""The lines that keep images to the named buckets, and each team to its own, taken away one at a time."""

from __future__ import annotations

from tests.stacks.mutations.mutation import Mutation

_C, _S = "stacks/constructs", "stacks/settings/images.py"
_N = f"{_C}/bucket_names.py"
_ZONE = f"{_C}/host_name.py"
_ALONE = "test_reading_objects_of_the_named_buckets_is_all_that_passes"
_APEX = "test_each_zone_answers_for_its_apex_with_this_endpoint_and_for_nothing_else"
_READS, _EXPLAINED = "test_what_the_proxy_reads", "test_a_mistake_is_explained_once"

#: The conditions of the images' endpoint, from the line that is theirs alone.
_OWNED = '"aws:ResourceAccount": stack.account'

IMAGES = tuple(
    Mutation(name, file, old, new, (test,))
    for name, file, old, new, test in (
        (
            "images: filters that look at text alone",
            f"{_C}/guardrail.py",
            'modalities = ["TEXT", "IMAGE"] if kind in image_filters else ["TEXT"]',
            'modalities = ["TEXT"]',
            "test_each_filter_judges_images_where_the_region_has_it",
        ),
        (
            "images: filters that are off count as looking at images",
            f"{_C}/guardrail.py",
            'any(content.get(name, "none") != "none" for name in image_filters)',
            "bool(image_filters)",
            "test_a_guardrail_whose_filters_are_off_judges_no_image",
        ),
        (
            "images: buckets where nothing looks at images",
            _S,
            "        yield from _judged(document, region)\n",
            "        pass\n",
            "test_buckets_where_no_filter_looks_at_images",
        ),
        (
            "images: private DNS, which takes every name of S3",
            "stacks/services.py",
            '        private_dns=False,\n        setting="images",\n',
            '        setting="images",\n',
            "test_no_name_of_s3_is_taken_by_the_endpoint_itself",
        ),
        (
            "images: no private DNS for any service",
            f"{_C}/endpoint.py",
            "private_dns_enabled=by_name(service).private_dns",
            "private_dns_enabled=False",
            "test_no_name_of_s3_is_taken_by_the_endpoint_itself",
        ),
        (
            "images: a zone for all of S3",
            _N,
            "host=name,",
            'host=name.partition(".")[2],',
            "test_each_named_bucket_has_a_zone_of_its_own_and_no_other_name_has",
        ),
        (
            "images: a zone for one bucket alone",
            _N,
            "for bucket in buckets:",
            "for bucket in list(buckets)[:1]:",
            "test_each_named_bucket_has_a_zone_of_its_own_and_no_other_name_has",
        ),
        (
            "images: a public zone",
            _ZONE,
            "route53.PrivateHostedZone(scope, construct_id, zone_name=host, vpc=vpc,",
            "route53.PublicHostedZone(scope, construct_id, zone_name=host,",
            "test_each_named_bucket_has_a_zone_of_its_own_and_no_other_name_has",
        ),
        (
            "images: a name below the bucket's",
            _ZONE,
            'route53.ARecord(zone, "Alias", zone=zone, target=target)',
            'route53.ARecord(zone, "Alias", zone=zone, target=target, record_name="*")',
            _APEX,
        ),
        (
            "images: a zone without an answer",
            _ZONE,
            'route53.ARecord(zone, "Alias", zone=zone, target=target)',
            "zone.hosted_zone_id",
            _APEX,
        ),
        (
            "images: an address that is not the endpoint's",
            _N,
            "route53.RecordTarget.from_alias(targets.InterfaceVpcEndpointTarget(endpoint))",
            'route53.RecordTarget.from_ip_addresses("192.0.2.1")',
            _APEX,
        ),
        (
            "images: another service's endpoint",
            "stacks/network.py",
            "endpoint=endpoint.endpoint, buckets",
            "endpoint=apis.endpoint, buckets",
            _APEX,
        ),
        (
            "images: buckets without names",
            "stacks/network.py",
            'BucketNames(self, "BucketNames", vpc=self.vpc, endpoint=endpoint.endpoint, buckets=self.buckets)\n',
            "pass\n",
            "test_each_named_bucket_has_a_zone_of_its_own_and_no_other_name_has",
        ),
        (
            "images: names for no bucket",
            _N,
            "        if not buckets:\n",
            "        if False:\n",
            "test_s3_has_no_name_but_those_of_buckets",
        ),
        (
            "images: every bucket's name",
            "stacks/services.py",
            'hosts=("{bucket}.s3.{region}.amazonaws.com",)',
            'hosts=("*.s3.{region}.amazonaws.com",)',
            "test_the_named_buckets_names_are_resolved_and_no_others",
        ),
        (
            "images: any action at the endpoint",
            f"{_C}/endpoint_policies.py",
            'actions=["s3:GetObject"]',
            'actions=["s3:*"]',
            _ALONE,
        ),
        (
            "images: any bucket at the endpoint",
            f"{_C}/endpoint_policies.py",
            "for bucket in buckets",
            'for bucket in ["*"]',
            _ALONE,
        ),
        (
            "images: another account's bucket at the endpoint",
            f"{_C}/endpoint_policies.py",
            f'own = {{"aws:PrincipalAccount": stack.account, {_OWNED}}}',
            'own = {"aws:PrincipalAccount": stack.account}',
            "test_what_passes_the_endpoint",
        ),
        (
            "images: any role at the endpoint",
            f"{_C}/endpoint_policies.py",
            '{**own, **more}, "ArnLike": {"aws:PrincipalArn": roles}}',
            "{**own, **more}}",
            "test_what_passes_the_endpoint",
        ),
        (
            "images: authorizers at the endpoint",
            "stacks/services.py",
            'Reached("proxies", "Proxies to the images", setting="images")',
            'Reached("authorizers", "Proxies to the images", setting="images")',
            "test_the_proxies_alone_reach_it",
        ),
        (
            "images: names that nobody resolves",
            "stacks/network.py",
            "private_names(usual, self.region, self.buckets)",
            "private_names(usual, self.region)",
            "test_the_named_buckets_names_are_resolved_and_no_others",
        ),
        (
            "images: a hub without the endpoint",
            "stacks/settings/endpoints.py",
            "    if name is None:\n",
            "    if False:\n",
            "test_a_hub_without_the_endpoint_is_refused",
        ),
        (
            "images: all of a bucket",
            f"{_C}/images.py",
            'resource_name=f"{prefix}*"',
            'resource_name="*"',
            _READS,
        ),
        (
            "images: another account's bucket",
            f"{_C}/images.py",
            '            conditions={"StringEquals": {"aws:ResourceAccount": stack.account}},\n',
            "",
            _READS,
        ),
        (
            "images: decryption by the function itself",
            f"{_C}/images.py",
            '                conditions={"StringEquals": {"kms:ViaService": f"s3.{stack.region}.amazonaws.com"}},\n',
            "",
            _READS,
        ),
        (
            "images: every bucket's key",
            f"{_C}/images.py",
            'sorted({keys[bucket] for place in places if (bucket := place.partition("/")[0]) in keys})',
            "sorted(set(keys.values()))",
            "test_no_key_is_named_that_no_bucket_of_the_team_has",
        ),
        (
            "images: a place with a wildcard",
            f"{_C}/images.py",
            "_NOT_ITSELF & set(place)",
            "False",
            "test_a_place_that_is_wider_than_it_looks",
        ),
        (
            "images: a place that covers what starts alike",
            f"{_C}/images.py",
            '(prefix and not prefix.endswith("/"))',
            "False",
            "test_a_place_that_is_wider_than_it_looks",
        ),
        (
            "images: a bucket that nobody named",
            "stacks/team.py",
            "- keys.keys():",
            "- keys.keys() and False:",
            "test_a_bucket_that_the_deployment_does_not_name_is_refused",
        ),
        (
            "images: a proxy that does not know its places",
            f"{_C}/proxy.py",
            "**asdict(policy.choices),\n",
            '**(asdict(policy.choices) | {"images": ()}),\n',
            "test_nothing_else_of_the_team_is_changed",
        ),
        (
            "images: settings that take any bucket",
            _S,
            "            if bucket not in buckets:\n",
            "            if False:\n",
            "test_a_bucket_that_the_deployment_lacks",
        ),
        (
            "images: settings that take a prefix without its slash",
            _S,
            '    if prefix and not prefix.endswith("/"):\n',
            "    if False:\n",
            _EXPLAINED,
        ),
        (
            "images: settings that take any prefix",
            _S,
            "    if not all(re.fullmatch(_SEGMENT, segment) for segment in segments):\n",
            "    if False:\n",
            _EXPLAINED,
        ),
        (
            "images: settings that take another Region's key",
            _S,
            "        elif parts[3] != region:\n",
            "        elif False:\n",
            _EXPLAINED,
        ),
        (
            "images: settings that take a hub without the endpoint",
            "stacks/settings/checks.py",
            "        if asked and found is None:\n",
            "        if False:\n",
            _EXPLAINED,
        ),
        (
            "images: settings that take models without eyes",
            _S,
            "        if not set(named) & set(able):\n",
            "        if False:\n",
            "test_images_for_models_that_take_none",
        ),
    )
)
