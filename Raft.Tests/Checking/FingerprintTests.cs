using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class FingerprintTests
{
    [Fact]
    public void States_that_differ_in_little_have_different_fingerprints()
    {
        // All states of four words with only a few of their lowest and highest bits set: more than a million.
        ulong[] values =
        [
            .. from low in Enumerable.Range(0, 8) from high in Enumerable.Range(0, 4) select (ulong)(uint)low | ((ulong)high << 62),
        ];
        var seen = new HashSet<ulong>();
        var fingerprint = For(4);
        var words = new ulong[4];
        for (var i = 0; i < 1 << 20; i++)
        {
            for (var word = 0; word < words.Length; word++)
            {
                words[word] = values[i >> (5 * word) & 31];
            }

            Assert.True(seen.Add(fingerprint.Of(new State(words))));
        }
    }

    [Fact]
    public void Each_bit_of_a_state_turns_about_half_of_the_bits_of_its_fingerprint()
    {
        var random = new Random(5);
        for (var length = 1; length <= 9; length++)
        {
            for (var bit = 0; bit < 64 * length; bit++)
            {
                var turned = Enumerable.Range(0, 64).Average(_ => Turned(random, length, bit));
                Assert.InRange(turned, 26, 38);
            }
        }
    }

    [Fact]
    public void Words_are_not_interchangeable()
    {
        var fingerprints = new[] { Of(1, 2, 3, 4), Of(2, 1, 3, 4), Of(3, 2, 1, 4), Of(3, 4, 1, 2), Of(4, 3, 2, 1), Of(1, 4, 3, 2) };

        Assert.Equal(fingerprints.Length, fingerprints.Distinct().Count());
    }

    [Fact]
    public void Words_of_zeros_count()
    {
        var fingerprints = Enumerable.Range(0, 20).Select(length => Of(new ulong[length])).ToArray();

        Assert.Equal(fingerprints.Length, fingerprints.Distinct().Count());
    }

    [Fact]
    public void It_is_the_same_on_every_machine()
    {
        Assert.Equal(0xE78A2C0209EF8356UL, Of(1, 2, 3));
    }

    [Fact]
    public void It_is_never_zero_which_stands_for_a_free_slot()
    {
        Assert.NotEqual(0UL, Of());
        Assert.NotEqual(0UL, Of(0));
    }

    [Fact]
    public void Of_a_bag_the_messages_and_the_numbers_of_copies_count_and_not_the_order()
    {
        var layout = new StateLayout();
        var message = new RecordLayout(layout, "A", "B", "C");
        var bag = layout.Bag(message, capacity: 3);
        var fingerprint = new Fingerprint(layout);
        ulong Of(params int[] types)
        {
            var words = new ulong[layout.Words];
            Array.ForEach(types, type => bag.Add(new State(words), message.Type.Pack(type)));
            return fingerprint.SumOf(new State(words));
        }

        Assert.Equal(0UL, Of());
        Assert.Equal(Of(1) + Of(2), Of(1, 2));
        Assert.Equal(2 * Of(3), Of(3, 3));
        Assert.Equal(Of(1, 2, 3, 3), Of(3, 2, 3, 1));
    }

    private static ulong Of(params ulong[] words) => For(words.Length).Of(new State(words));

    private static Fingerprint For(int words)
    {
        var layout = new StateLayout(isWide: true);
        for (var i = 0; i < words; i++)
        {
            layout.Variable($"{i}", Domain.Number(int.MaxValue));
        }

        return new Fingerprint(layout);
    }

    private static int Turned(Random random, int length, int bit)
    {
        var words = new ulong[length];
        for (var i = 0; i < length; i++)
        {
            words[i] = (ulong)random.NextInt64(long.MinValue, long.MaxValue);
        }

        var before = Of(words);
        words[bit / 64] ^= 1UL << bit;
        return System.Numerics.BitOperations.PopCount(before ^ Of(words));
    }
}
