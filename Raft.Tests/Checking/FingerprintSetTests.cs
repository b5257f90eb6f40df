using FsCheck;
using FsCheck.Fluent;
using ModelChecking;

namespace Raft.Tests.Checking;

public sealed class FingerprintSetTests
{
    [Fact]
    public void It_is_a_set()
    {
        // Few different fingerprints, many of which hash to the same slots, also at the end of the table.
        var fingerprints = Gen.Choose(1, 40).Select(small => small % 2 == 0 ? (ulong)small : ulong.MaxValue - (ulong)small).ArrayOf(100);
        Check.One(Properties.Config, Prop.ForAll(fingerprints.ToArbitrary(), some =>
        {
            using var set = new FingerprintSet(threads: 1);
            var expected = new HashSet<ulong>();
            Assert.All(some, fingerprint => Assert.Equal(expected.Add(fingerprint), set.Add(fingerprint)));
        }));
    }

    // Where the system reserves no addresses, the table is copied first.
    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(3, true)]
    [InlineData(3, false)]
    public void It_keeps_its_members_as_it_grows(int threads, bool reserves)
    {
        using var set = new FingerprintSet(threads, reserves);
        var random = new Random(3);
        ulong[] members =
        [
            .. Enumerable.Range(1, 250_000)
                .SelectMany(i => i < 500 ? new[] { (ulong)i, ulong.MaxValue - (ulong)i } : [Fingerprint.Mix((ulong)random.NextInt64())]),
        ];
        var growths = 0;
        for (var i = 0; i < members.Length; i++)
        {
            Assert.True(set.Add(members[i]));
            set.Count(1);
            if (set.IsCrowded)
            {
                growths++;
                var bytes = set.Bytes;
                set.Grow();
                Assert.Equal(2 * bytes, set.Bytes);
                Assert.DoesNotContain(members[..(i + 1)], set.Add);
            }
        }

        Assert.True(growths >= 2);
        Assert.Equal(members.Length, set.Size);
        Assert.False(set.IsCrowded);
    }

    // All belong to the first, or to the last, cache line of the table.
    [Theory]
    [InlineData(1UL)]
    [InlineData(ulong.MaxValue - 99)]
    public void Fingerprints_beyond_a_full_cache_line_are_found_too(ulong first)
    {
        using var set = new FingerprintSet(threads: 1);
        ulong[] members = [.. Enumerable.Range(0, 50).Select(i => first + (ulong)i)];
        var missing = new int[members.Length];

        Assert.Equal(members.Length, set.FindMissing(members, missing));
        Assert.Equal(Enumerable.Range(0, 50), missing);
        Assert.All(members, member => Assert.True(set.Add(member)));
        Assert.Equal(42, set.FindMissing(members, missing));
        Assert.Equal(Enumerable.Range(8, 42), missing[..42]);
        Assert.DoesNotContain(members, set.Add);
    }

    // A sum of 0 stands for the fingerprint 1: a slot with 0 is free.
    [Fact]
    public void Zero_is_missing_until_it_is_added()
    {
        using var set = new FingerprintSet(threads: 1);

        Assert.Equal(1, set.FindMissing([0], new int[1]));
        Assert.True(set.Add(0));
        Assert.False(set.Add(0));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void When_it_is_crowded_there_is_room_for_what_threads_have_not_reported_yet(int threads)
    {
        using var set = new FingerprintSet(threads);
        set.Count((int)(set.Bytes / 8 / 4 * 3));
        Assert.False(set.IsCrowded);

        set.Count(1);
        Assert.True(set.IsCrowded);
        Assert.True((set.Bytes / 8) - set.Size >= (2 * FingerprintSet.Leeway * threads) - 1);
    }

    [Theory]
    [InlineData(2, 64)]
    [InlineData(4, 64)]
    [InlineData(4, 6)]
    public void Of_threads_that_add_the_same_fingerprints_at_once_one_adds_each(int workers, int differentBits)
    {
        using var set = new FingerprintSet(workers);
        for (var round = 0; round < 20; round++)
        {
            // If only the highest bits differ at random, many are added to the same cache lines.
            ulong[] members =
            [
                .. Enumerable.Range(1, 2_000).Select(i => ((ulong)round << 32) | (uint)i)
                    .Select(i => differentBits == 64 ? Fingerprint.Mix(i) : (Fingerprint.Mix(i) << (64 - differentBits)) | i),
            ];
            var added = new long[workers];
            using var start = new Barrier(workers);
            var threads = Enumerable.Range(0, workers).Select(worker => new Thread(() =>
            {
                start.SignalAndWait();
                foreach (var member in members)
                {
                    added[worker] += set.Add(member) ? 1 : 0;
                }
            })).ToArray();
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());

            Assert.Equal(members.Length, added.Sum());
            Assert.DoesNotContain(members, set.Add);
            set.Count(members.Length);
            if (set.IsCrowded)
            {
                set.Grow();
            }
        }
    }
}
