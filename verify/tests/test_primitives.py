"""Published vectors, and the forms that every reader must refuse."""
import hashlib
import unittest

import verify as v
from tests.parts import Signer, path_to, root_of, sha


class Vectors(unittest.TestCase):
    def test_ed25519_of_rfc_8032(self):
        for seed, public, message, signature in (
                ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                 "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
                ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
                 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
                 "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")):
            key, message = bytes.fromhex(public), bytes.fromhex(message)
            signature = bytes.fromhex(signature)
            signer = Signer(bytes.fromhex(seed))
            self.assertEqual(key, signer.public)
            self.assertEqual(signature, signer.sign(message))
            self.assertTrue(v.signature_valid(key, message, signature))
            self.assertFalse(v.signature_valid(key, message + b"x", signature))

    def test_a_signature_whose_s_is_not_reduced_is_refused(self):
        signer = Signer(bytes(32))
        good = signer.sign(b"text")
        s = int.from_bytes(good[32:], "little") + v.ORDER
        self.assertFalse(v.signature_valid(signer.public, b"text", good[:32]
                                           + s.to_bytes(32, "little")))

    def test_keys_of_small_order_or_odd_encoding_are_refused(self):
        for encoding in ("00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ff" * 32,
                         "ee" + "ff" * 30 + "7f",
                         "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"):
            self.assertIsNone(v.key_multiples(bytes.fromhex(encoding)), encoding)

    def test_xaes_256_gcm_of_c2sp(self):
        nonce = b"ABCDEFGHIJKLMNOPQRSTUVWX"
        for key, extra, derived, sealed in (
                (1, b"", "c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b",
                 "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
                (3, b"c2sp.org/XAES-256-GCM",
                 "e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8",
                 "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")):
            found = v.record_key(bytes([key]) * 32, nonce)
            self.assertEqual(derived, found.hex())
            out, tag = v.gcm(found, nonce[12:], b"XAES-256-GCM", extra, True)
            self.assertEqual(sealed, (out + tag).hex())
            self.assertEqual(b"XAES-256-GCM", v.gcm_open(found, nonce[12:], out + tag, extra))
            self.assertIsNone(v.gcm_open(found, nonce[12:], out + tag, extra + b"x"))

    def test_xaes_256_gcm_over_random_inputs_of_c2sp(self):
        # The accumulated test of the specification, cut to its first hundred rounds here.
        source, sink = hashlib.shake_128().digest(100 * 600), hashlib.shake_128()
        at = 0

        def take(count):
            nonlocal at
            at += count
            return source[at - count:at]
        for _ in range(100):
            key, nonce = take(32), take(24)
            plain = take(take(1)[0])
            extra = take(take(1)[0])
            out, tag = v.gcm(v.record_key(key, nonce), nonce[12:], plain, extra, True)
            sink.update(out + tag)
            self.assertEqual(plain, v.gcm_open(v.record_key(key, nonce), nonce[12:], out + tag,
                                               extra))

    def test_hkdf_of_rfc_5869(self):
        found = v.hkdf(bytes(range(13)), b"\x0b" * 22, bytes(range(0xf0, 0xfa)))
        self.assertEqual("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
                         found.hex())

    def test_a_cosignature_of_the_c2sp_example_parses(self):
        note = v.Checkpoint((
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
            "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4UR"
            "YN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n").encode())
        self.assertEqual(20852163, note.size)
        self.assertEqual(64, len(note.lines[0][2]))

    def test_trees_and_paths_agree_with_the_definition(self):
        leaves = [sha(bytes([0, n])) for n in range(70)]
        frontier = v.Frontier()
        for size in range(1, 71):
            frontier.push(leaves[size - 1])
            root = root_of(leaves[:size])
            self.assertEqual(root, frontier.root())
            for index in range(size):
                path = path_to(index, leaves[:size])
                self.assertEqual(root, v.inclusion_root(leaves[index], index, size, path))
                with self.assertRaises(v.Bad):
                    v.inclusion_root(leaves[index], index, size, path + [root])


class CanonicalJson(unittest.TestCase):
    def test_what_is_not_canonical_is_refused(self):
        for text in ('{"a": 1}', '{"b":1,"a":2}', '{"a":1,"a":1}', '{"a":1.0}', '{"a":1e2}',
                     '{"a":-1}', '{"a":01}', '{"a":9007199254740992}', '{"A":1}', '{"a":"\\u0041"}',
                     '{"a":"\\/"}', '{"a":"\\n"}', '{"a":NaN}', '{"a":1}\n', "\ufeff{}", "",
                     "[" * 9 + "]" * 9, "[" * 100000, '{"a":"\\ud800"}', '"\x01"', "1" * 5000):
            with self.assertRaises(v.Bad, msg=text[:40]):
                v.parse_json(text.encode("utf-8", "surrogatepass"))

    def test_what_is_canonical_is_accepted(self):
        for text in ('{"a":1,"b":[true,false,null,"\u00fc\\"\\\\"]}', "{}", "9007199254740991"):
            v.parse_json(text.encode())


if __name__ == "__main__":
    unittest.main()
